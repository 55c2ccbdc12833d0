"""Figures of shards on this machine, as a table in Markdown.

usage: figures.py HOST [--calls N] [--many N] [NAME...]

With each engine one study runs in 1, 2 and 4 shards. The time is that from the first start to the
merged file: the engine's own dispatch, the starts of host, the calls, and the merge. The engine itself
(Slurm's daemons, HyperQueue's server, sshd) runs before. The names are those of the engines, and
"many": 100 and N shards (10,000), each a process of its own, as GNU parallel starts them.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from others import MPI, HyperQueue, launcher
from slurm import Slurm
from study import Skipped

STEPS = 5000


class Figures:
    def __init__(self, folder, host, calls):
        self.folder, self.host, self.calls = folder, host, calls
        self.manifest(f"{folder}/study.json", calls, STEPS)

    @staticmethod
    def manifest(path, calls, steps):
        with open(path, "w") as file:
            json.dump([{"kernel": "logistic_map", "args": {"n": steps},
                        "sweep": {"r": {"from": 2.5, "to": 4, "count": calls}}}], file)

    def run(self, words, environment=None, codes=(0,)):
        end = subprocess.run(words, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True, env=dict(os.environ, **(environment or {})))
        if end.returncode not in codes:
            raise Skipped(f"{words[0]} ended with {end.returncode}: {end.stderr[-200:]}")

    def shard(self, text):
        return [self.host, "run", "--journal", "study.kh", "--shard", text, "-j", "1", "-q",
                "--progress", "none", "study.json"]

    def rate(self, start, count):
        """Calls a second, with what starts so many shards and waits for their ends."""
        shutil.rmtree(f"{self.folder}/study.kh", ignore_errors=True)
        began = time.monotonic()
        start(count)
        self.run([self.host, "merge", "study.kh", "-o", "results.jsonl"])
        return self.calls / (time.monotonic() - began)

    # What starts the shards

    def alone(self, _):
        self.run([self.host, "run", "--journal", "study.kh", "-q", "--progress", "none", "study.json"])

    def processes(self, count):
        children = [subprocess.Popen(self.shard(f"{index}/{count}"), cwd=self.folder)
                    for index in range(count)]
        if any([child.wait() for child in children]):
            raise Skipped("a shard failed")

    def parallel(self, count):
        self.run(["parallel", "-j", "2", " ".join(self.shard(f"{{}}/{count}")), ":::",
                  *map(str, range(count))])

    def mpi(self, name):
        return lambda count: self.run(
            [*launcher(name).split(), "-n", str(count), *self.shard(f"auto/{count}")], MPI)

    def srun(self, slurm):
        return lambda count: self.run(
            ["srun", "--overcommit", f"-n{count}", *self.shard(f"auto/{count}")], slurm.environment)

    def array(self, slurm):
        def start(count):
            slurm.call("sbatch", "--parsable", f"--array=0-{count - 1}", "--output=/dev/null", "--wrap",
                       "exec " + " ".join(self.shard(f"auto/{count}")), cwd=self.folder)
            slurm.wait()
        return start

    def hyperqueue(self, cluster):
        return lambda count: self.run(
            [f"{cluster.folder}/hq", "submit", "--name=figures", f"--array=0-{count - 1}", "--cpus=1",
             *self.shard(f"auto/{count}")], cluster.environment)

    def engines(self, wanted):
        """Each engine with what starts shards, and what ends it."""
        def is_wanted(name):
            return not wanted or name in wanted
        if is_wanted("alone"):
            yield "one process, no shards", (1,), self.alone, None
        if is_wanted("processes"):
            yield "plain processes", (1, 2, 4), self.processes, None
        if is_wanted("parallel") and shutil.which("parallel"):
            yield "GNU parallel", (1, 2, 4), self.parallel, None
        for name in ("mpirun.openmpi", "mpirun.mpich"):
            if is_wanted(name) and shutil.which(name):
                yield name, (1, 2, 4), self.mpi(name), None
        if is_wanted("slurm"):
            try:
                slurm = Slurm(f"{self.folder}/slurm")
            except Skipped as reason:
                print(f"Slurm: skipped: {reason}", file=sys.stderr)
            else:
                yield "srun", (1, 2, 4), self.srun(slurm), None
                yield "sbatch --array", (1, 2, 4), self.array(slurm), slurm.stop
        if is_wanted("hyperqueue"):
            try:
                cluster = HyperQueue(f"{self.folder}/hq", self)
            except Skipped as reason:
                print(f"HyperQueue: skipped: {reason}", file=sys.stderr)
            else:
                yield "HyperQueue", (1, 2, 4), self.hyperqueue(cluster), cluster.stop

    def table(self, wanted):
        print("| started by | 1 shard | 2 shards | 4 shards |\n| --- | --- | --- | --- |", flush=True)
        for name, counts, start, stop in self.engines(wanted):
            try:
                cells = [f"{self.rate(start, count):,.0f}" for count in counts]
            except Skipped as reason:
                cells = [f"skipped: {reason}"]
            finally:
                if stop:
                    stop()
            print(f"| {name} | {' | '.join(cells)} |", flush=True)

    # What many shards cost

    def many(self, counts):
        self.manifest(f"{self.folder}/study.json", 1_000_000, 1)
        print("\n| shards | files | bytes | a start, of the first 100 | of the last 100 | all starts "
              "| merge | --check |\n| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        for count in counts:
            shutil.rmtree(f"{self.folder}/study.kh", ignore_errors=True)
            began = time.monotonic()
            log = f"{self.folder}/log"
            command = " ".join(self.shard("{}/" + str(count)))
            self.run(["sh", "-c", f"seq 0 {count - 1} | parallel -j 2 --joblog {log} '{command}'"])
            starts = time.monotonic() - began
            with open(log) as file:
                times = [float(line.split("\t")[3]) for line in file.readlines()[1:]]
            files = os.listdir(f"{self.folder}/study.kh")
            size = sum(os.path.getsize(f"{self.folder}/study.kh/{name}") for name in files)
            began = time.monotonic()
            self.run([self.host, "merge", "study.kh", "-o", "results.jsonl"])
            merge = time.monotonic() - began
            began = time.monotonic()
            self.run([self.host, "merge", "--check", "study.kh"])
            check = time.monotonic() - began
            print(f"| {count:,} | {len(files):,} | {size / 1e6:,.0f} MB "
                  f"| {sum(times[:100]) / 100 * 1e3:.0f} ms | {sum(times[-100:]) / 100 * 1e3:.0f} ms "
                  f"| {starts:.1f} s | {merge:.2f} s | {check:.2f} s |", flush=True)


def number(words, name, usual):
    if name not in words:
        return usual
    at = words.index(name)
    value = int(words[at + 1])
    del words[at:at + 2]
    return value


def main():
    words = sys.argv[1:]
    calls, many = number(words, "--calls", 400_000), number(words, "--many", 10_000)
    host, wanted = os.path.abspath(words[0]), words[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        figures = Figures(folder, host, calls)
        if wanted != ["many"]:
            figures.table([name for name in wanted if name != "many"])
        if not wanted or "many" in wanted:
            figures.many([100, many])


if __name__ == "__main__":
    main()

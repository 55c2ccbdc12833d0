"""Figures of shards on this machine: calls a second under each engine, and what many shards cost.

usage: figures.py HOST [CALLS]

With each engine a sweep of one-step calls runs in 1, 2 and 4 shards; the time is that of the whole
command. Then the records of one run are dealt to 100 and 10,000 segments, as so many shards would
have left them, and merged: these shards are simulated. The start of a shard is measured.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from others import MPI, launcher
from slurm import Slurm
from study import Skipped

host = os.path.abspath(sys.argv[1])
calls = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000


def timed(words, folder, environment=None):
    began = time.monotonic()
    end = subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         text=True, env=dict(os.environ, **(environment or {})))
    if end.returncode not in (0, 1):
        raise Skipped(f"ended with {end.returncode}: {end.stderr[-200:]}")
    return time.monotonic() - began


def shard(shards):
    return [host, "run", "--journal", "study.kh", "--shard", shards, "-j", "1", "-q", "--progress",
            "none", "study.json"]


def engines(folder):
    """Each engine, and the words that start so many shards."""
    yield "srun", None, lambda n: ["srun", f"-n{n}", *shard(f"auto/{n}")]
    for name in ("mpirun.openmpi", "mpirun.mpich"):
        yield name, MPI, lambda n, name=name: [*launcher(name).split(), "-n", str(n),
                                               *shard(f"auto/{n}")]
    yield "parallel", None, lambda n: ["parallel", "-j", str(n), " ".join(shard(f"{{}}/{n}")), ":::",
                                       *[str(i) for i in range(n)]]


def rates(folder):
    try:
        slurm = Slurm(f"{folder}/slurm")
    except Skipped as reason:
        print(f"srun: skipped: {reason}")
        slurm = None
    for name, environment, words in engines(folder):
        environment = slurm.environment if name == "srun" and slurm else environment
        if name == "srun" and not slurm:
            continue
        found = []
        for count in (1, 2, 4):
            shutil.rmtree(f"{folder}/study.kh", ignore_errors=True)
            try:
                found.append(f"{calls / timed(words(count), folder, environment):,.0f}")
            except Skipped as reason:
                found.append(str(reason))
        print(f"{name}: {found[0]}, {found[1]}, {found[2]} calls/s with 1, 2, 4 shards", flush=True)
    if slurm:
        slurm.stop()


def simulated(folder, shards):
    """The records of one journal in so many segments, a stride each, and how long merge takes."""
    one, many = f"{folder}/one.kh", f"{folder}/many.kh"
    shutil.rmtree(many, ignore_errors=True)
    os.makedirs(many)
    shutil.copy(f"{one}/run.json", many)
    name = next(name for name in os.listdir(one) if name.endswith(".jsonl"))
    parts = [[] for _ in range(shards)]
    head = None
    with open(f"{one}/{name}", "rb") as file:
        for line in file:
            if line.startswith(b'{"segment"'):
                head = line
            elif line.startswith(b'{"c":'):
                parts[int(line[5:line.index(b",")]) % shards].append(line)
    for shard, lines in enumerate(parts):
        with open(f"{many}/{shard + 1:06}-d0s{shard}-0123456789abcdef.jsonl", "wb") as file:
            file.write(head + b"".join(lines))
    seconds = timed([host, "merge", many, "-o", "merged.jsonl"], folder)
    check = timed([host, "merge", "--check", many], folder)
    print(f"{shards:,} segments (simulated): merge {calls / seconds:,.0f} records/s, "
          f"--check {calls / check:,.0f}", flush=True)


with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    with open(f"{folder}/study.json", "w") as file:
        json.dump([{"kernel": "logistic_map", "args": {"n": 1},
                    "sweep": {"r": {"from": 2.5, "to": 4, "count": calls}}}], file)
    rates(folder)
    began = time.monotonic()
    for number in range(100):
        timed([host, "run", "--journal", "starts.kh", "--shard", f"{number}/10000", "-j", "1", "-q",
               "--progress", "none", "study.json"], folder)
    print(f"100 shards of 10,000, one after the other: {(time.monotonic() - began) * 10:.1f} ms each, "
          f"{calls // 10000} calls in each", flush=True)
    timed([host, "run", "--journal", "one.kh", "-q", "-o", "/dev/null", "study.json"], folder)
    for shards in (1, 100, 10_000):
        simulated(folder, shards)

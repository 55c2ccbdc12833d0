"""Runs one study under real engines, without and with trouble: the results are always the same.

usage: engines.py HOST LIBRARY [--long] [NAME...]

LIBRARY is CSources/plugins/shard_study.c, compiled. What an engine needs and the machine lacks is
said, and that engine is skipped. --long adds a real time limit of Slurm. The names are those of the
functions below.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from others import MPI, HyperQueue, Kubelet, Sshd, launcher
from slurm import Slurm, processes
from study import Failure, Skipped, Study, until

TROUBLED = 20_000
SCENARIOS, LONG = [], []


def scenario(body):
    SCENARIOS.append(body)
    return body


def long_scenario(body):
    LONG.append(body)
    return body


class Work:
    """What the scenarios share: the references, and a Slurm that is started once."""

    def __init__(self, folder, host, library):
        self.folder, self.host, self.library = folder, host, library
        self.count = 0
        self.references = {}
        self.started = None

    def study(self, waits=False):
        self.count += 1
        calls = TROUBLED if waits else 100_000
        if waits not in self.references:
            reference = Study(self.host, self.library, f"{self.folder}/reference{int(waits)}", calls,
                              waits)
            reference.reference()
            self.references[waits] = reference
        study = Study(self.host, self.library, f"{self.folder}/{self.count}", calls, waits)
        return study, self.references[waits]

    @property
    def slurm(self):
        if self.started is None:
            try:
                self.started = Slurm(f"{self.folder}/slurm")
            except Skipped as reason:
                self.started = reason
        if isinstance(self.started, Skipped):
            raise Skipped(str(self.started))
        return self.started


def shell(study, environment=None, codes=(0, 1), words=()):
    """Runs the job script to its end."""
    end = subprocess.run(["sh", "job", *words], cwd=study.folder, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, env=dict(os.environ, **(environment or {})))
    if codes and end.returncode not in codes:
        raise Failure(f"the job script ended with {end.returncode}: {end.stderr}")
    return end


def start(study, environment=None):
    """Starts the job script."""
    return subprocess.Popen(["sh", "job"], cwd=study.folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True,
                            env=dict(os.environ, **(environment or {})))


def again(study, shards):
    """Makes the missing shards, which are some of these, and what waits for them."""
    missing = study.missing()
    if not missing or not set(missing) <= {str(shard) for shard in shards}:
        raise Failure(f"shards {missing} are missing, expected {shards}")
    study.open_gate()
    study.run(*study.shard("--shard", f"{','.join(missing)}/4")[1:])
    study.run("finish", "-q", study.journal, stdin=subprocess.DEVNULL)


# Without trouble


@scenario
def slurm_step(work):
    study, reference = work.study()
    slurm = work.slurm
    slurm.call("srun", "-n4", *study.shard("--shard", "auto/4"), cwd=study.folder)
    study.run("finish", "-q", study.journal)
    study.check(reference)


@scenario
def slurm_array(work):
    study, reference = work.study()
    slurm = work.slurm
    study.script("slurm", 8)
    slurm.submit(study)
    slurm.wait()
    study.check(reference)


def mpi(work, name):
    study, reference = work.study()
    study.script("mpi", 4)
    shell(study, dict(MPI, MPIRUN=launcher(name)))
    study.check(reference)


@scenario
def open_mpi(work):
    mpi(work, "mpirun.openmpi")


@scenario
def mpich(work):
    mpi(work, "mpirun.mpich")


@scenario
def hyperqueue(work):
    study, reference = work.study()
    cluster = HyperQueue(f"{study.folder}/hq", study)
    try:
        study.script("hyperqueue", 8)
        shell(study, cluster.environment)
    finally:
        cluster.stop()
    study.check(reference)


@scenario
def parallel_ssh(work):
    if not shutil.which("parallel"):
        raise Skipped("no GNU parallel")
    study, reference = work.study()
    sshd = Sshd(f"{study.folder}/sshd")
    try:
        study.script("parallel", 8)
        shell(study, {"HOSTS": "2/127.0.0.1", "PARALLEL_SSH": sshd.client})
    finally:
        sshd.stop()
    study.check(reference)


@scenario
def kubernetes(work):
    study, reference = work.study()
    kubelet = Kubelet(study)
    end = kubelet.finish({index: kubelet.pod(index) for index in range(4)})
    if end.returncode != 1:
        raise Failure(f"the job that follows ended with {end.returncode}: {end.stderr}")
    study.check(reference)


# With trouble: some calls of each shard wait until the test opens a gate


@scenario
def pods_are_killed(work):
    study, reference = work.study(waits=True)
    kubelet = Kubelet(study)
    pods = {index: kubelet.pod(index) for index in range(4)}
    study.wait_for_gate()
    second = kubelet.pod(0)
    error = second.communicate()[1]
    if second.returncode == 0 or "in use by process" not in error:
        raise Failure(f"a second pod of index 0 ended with {second.returncode}: {error}")
    if kubelet.take_away(pods[1]) != 75:
        raise Failure(f"a pod that was taken away ended with {pods[1].returncode}")
    kubelet.kill(pods[2])
    study.open_gate()
    kubelet.finish(pods)
    study.check(reference)


@scenario
def slurm_warns_and_requeues(work):
    study, reference = work.study(waits=True)
    slurm = work.slurm
    study.script("slurm", 4, "--time", "1h")
    slurm.submit(study)
    study.wait_for_gate()
    # What --signal=B:USR1@60 does a minute before the limit.
    for job in slurm.jobs("RUNNING"):
        slurm.call("scancel", "--batch", "--signal=USR1", job)
    until(lambda: any("BeginTime" in line for line in slurm.output(
        "squeue", "-h", "-r", "-o", "%i %r").splitlines()), "a job that was put back")
    study.open_gate()
    slurm.wait()
    study.check(reference)


@scenario
def slurm_preempts(work):
    study, reference = work.study(waits=True)
    slurm = work.slurm
    study.script("slurm", 4)
    slurm.submit(study)
    study.wait_for_gate()
    urgent = slurm.call("sbatch", "--parsable", "-p", "urgent", "-N2", "--exclusive", "--output=/dev/null",
                        "--wrap", "true", cwd=study.folder)
    until(lambda: urgent not in slurm.jobs(), "the end of the urgent job")
    study.open_gate()
    slurm.wait()
    # An element that ends in its time of grace is not put back by all versions of Slurm.
    resubmit(study, slurm)
    study.check(reference)


@scenario
def slurm_cancels(work):
    study, reference = work.study(waits=True)
    slurm = work.slurm
    study.script("slurm", 4)
    slurm.submit(study)
    study.wait_for_gate()
    for job in slurm.jobs("RUNNING"):
        if job.endswith(("_1", "_3")):
            slurm.call("scancel", job)
    until(lambda: len(slurm.jobs("RUNNING")) == 2, "the end of two elements")
    study.open_gate()
    slurm.wait()
    if os.path.exists(os.path.join(study.folder, study.results)):
        raise Failure("there are results, though calls are missing")
    # RequeueExit=75 may be quicker than the cancellation.
    again(study, [1, 3])
    study.check(reference)


@scenario
def slurm_node_dies(work):
    study, reference = work.study(waits=True)
    slurm = work.slurm
    study.script("slurm", 4)
    slurm.submit(study)
    study.wait_for_gate()
    for process in processes(SLURM_CONF=slurm.environment["SLURM_CONF"], SLURMD_NODENAME="n1"):
        kill(process)
    with open(f"{slurm.folder}/slurmd.n1.pid") as file:
        kill(int(file.read()))
    end_stepds(slurm, "n1")
    until(lambda: "down" in slurm.output("sinfo", "-h", "-n", "n1", "-o", "%T"), "a node that is down", 60)
    slurm.call("slurmd", "-N", "n1")
    until(lambda: "down" not in slurm.output("sinfo", "-h", "-n", "n1", "-o", "%T"), "the node", 60)
    study.open_gate()
    slurm.wait()
    # What died before Slurm missed its node is not put back.
    resubmit(study, slurm)
    study.check(reference)


def resubmit(study, slurm):
    """Submits what is missing, as host merge lists it, and nothing else."""
    missing = study.missing()
    if missing:
        slurm.submit(study, ",".join(missing))
        slurm.wait()


def end_stepds(slurm, node):
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read()
            if words.startswith(b"slurmstepd") and os.readlink(f"/proc/{name}/cwd") == \
                    f"{slurm.folder}/spool.{node}":
                kill(int(name))
        except OSError:
            continue


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def killed_rank(work, name):
    study, reference = work.study(waits=True)
    study.script("mpi", 4)
    mark = os.path.join(study.folder, "mark")
    child = start(study, dict(MPI, MPIRUN=launcher(name), SHARD_TEST=mark))
    study.wait_for_gate()
    index = "OMPI_COMM_WORLD_RANK" if name.endswith("openmpi") else "PMI_RANK"
    for process in processes(SHARD_TEST=mark, **{index: "2"}):
        kill(process)
    until(lambda: not processes(SHARD_TEST=mark, **{index: "2"}), "the rank's end")
    # The others have ended, too, or wait for the gate.
    study.open_gate()
    child.wait()
    again(study, [int(shard) for shard in study.missing()])
    study.check(reference)


@scenario
def rank_of_open_mpi_is_killed(work):
    killed_rank(work, "mpirun.openmpi")


@scenario
def rank_of_mpich_is_killed(work):
    killed_rank(work, "mpirun.mpich")


@scenario
def hyperqueue_task_dies(work):
    study, reference = work.study(waits=True)
    cluster = HyperQueue(f"{study.folder}/hq", study)
    try:
        study.script("hyperqueue", 4)
        child = start(study, cluster.environment)
        # Two at a time, as there are two processors.
        until(lambda: len(processes(HQ_TASK_ID="0")) > 0 and study.done() > 100, "task 0")
        for process in processes(HQ_TASK_ID="0"):
            kill(process)
        study.open_gate()
        child.wait()
    finally:
        cluster.stop()
    again(study, [0])
    study.check(reference)


@scenario
def hyperqueue_worker_dies(work):
    study, reference = work.study(waits=True)
    cluster = HyperQueue(f"{study.folder}/hq", study)
    try:
        study.script("hyperqueue", 2)
        child = start(study, cluster.environment)
        study.wait_for_gate()
        # The worker alone: its tasks get TERM, and the server starts them again on another worker.
        cluster.children[-1].kill()
        cluster.worker()
        study.open_gate()
        child.wait()
        # A task that was started again while the old one still stopped has ended with 75.
        missing = study.missing()
        if missing:
            shell(study, cluster.environment, words=[",".join(missing)])
    finally:
        cluster.stop()
    study.check(reference)


@scenario
def disk_of_a_shard_is_full(work):
    study, reference = work.study()
    small = os.path.join(study.folder, "small")
    os.makedirs(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "kernelhost", small],
                      stderr=subprocess.DEVNULL).returncode != 0:
        raise Skipped("no small file system can be mounted")
    journals = [study.journal, "small/own.kh"]
    try:
        study.run(*study.shard("--shard", "0-2/4")[1:])
        full = study.shard("--shard", "3/4", journal=journals[1])[1:]
        study.run(*full, codes=(3,))
        if study.missing(journals) != ["3"]:
            raise Failure(f"shards {study.missing(journals)} are missing, expected 3")
        subprocess.run(["mount", "-o", "remount,size=50m", small], check=True)
        study.run(*full)
        study.run("finish", "-q", study.journal, codes=(2,))
        # All calls that others wait for are in one journal: the run of all goes on there.
        study.run("run", "--journal", study.journal, "-q", "--only", "some", "--only", "moments",
                  study.manifest, codes=(0, 1, 75))
        study.check(reference, journals)
    finally:
        subprocess.run(["umount", "-l", small])


@long_scenario
def slurm_time_limit(work):
    study, reference = work.study(waits=True)
    slurm = work.slurm
    study.script("slurm", 4, "--time", "1m")
    slurm.submit(study)
    study.wait_for_gate()
    until(lambda: any("BeginTime" in line for line in slurm.output(
        "squeue", "-h", "-r", "-o", "%i %r").splitlines()), "the warning before the limit", 120)
    study.open_gate()
    slurm.wait()
    study.check(reference)


def main():
    words = sys.argv[1:]
    isLong = "--long" in words
    words = [word for word in words if word != "--long"]
    host, library = os.path.abspath(words[0]), os.path.abspath(words[1])
    wanted = words[2:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.environ["SHARD_TESTS"] = folder
        work = Work(folder, host, library)
        try:
            for body in SCENARIOS + (LONG if isLong or wanted else []):
                if wanted and body.__name__ not in wanted:
                    continue
                began = time.monotonic()
                try:
                    body(work)
                    said = "the same results"
                except Skipped as reason:
                    said = f"skipped: {reason}"
                except Failure as reason:
                    said = f"FAILED: {reason}"
                    failures += 1
                print(f"{body.__name__.replace('_', ' ')}: {said}, {time.monotonic() - began:.1f} s",
                      flush=True)
        finally:
            if isinstance(work.started, Slurm):
                work.started.stop()
            # What a failed scenario left.
            for process in processes(SHARD_TESTS=folder):
                kill(process)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

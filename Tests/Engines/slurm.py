"""A Slurm of two nodes, all of it on this machine's loopback and in one folder."""
import os
import shutil
import signal
import socket
import subprocess

from study import Skipped, until

CONFIGURATION = """
ClusterName=kernelhost
SlurmctldHost={name}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmctldPort={port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
MpiDefault=none
JobRequeue=1
RequeueExit=75
KillWait=5
SlurmdTimeout=5
MaxArraySize=20001
ReturnToService=2
AccountingStorageType=accounting_storage/none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n[1-2] NodeHostname={name} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP PriorityTier=1 GraceTime=5
PartitionName=urgent Nodes=ALL State=UP PriorityTier=10
"""


class Slurm:
    def __init__(self, folder):
        for name in ("slurmctld", "slurmd", "munged", "sbatch", "srun"):
            if not shutil.which(name) and not os.path.exists(f"/usr/sbin/{name}"):
                raise Skipped(f"no {name}: install slurm-wlm and munge")
        if os.geteuid() != 0:
            raise Skipped("slurmd needs root")
        self.folder = folder
        os.makedirs(f"{folder}/munge")
        os.makedirs(f"{folder}/state")
        for path in (folder, f"{folder}/munge"):
            os.chmod(path, 0o755)
        with open(os.open(f"{folder}/munge/key", os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(1024))
        self.environment = dict(os.environ, SLURM_CONF=f"{folder}/slurm.conf",
                                PATH=os.environ["PATH"] + ":/usr/sbin")
        port = self.free_ports()
        with open(f"{folder}/slurm.conf", "w") as file:
            file.write(CONFIGURATION.format(
                name=socket.gethostname().split(".")[0], folder=folder, port=port,
                first=port + 1, last=port + 2).lstrip())
        munge = f"{folder}/munge"
        self.call("munged", f"--key-file={munge}/key", f"--socket={munge}/socket",
                  f"--log-file={munge}/log", f"--pid-file={munge}/pid", f"--seed-file={munge}/seed")
        self.call("slurmctld", "-c")
        for node in ("n1", "n2"):
            self.call("slurmd", "-N", node)
        until(lambda: self.output("sinfo", "-h", "-o", "%T", "-p", "main") == "idle", "idle nodes", 60)

    @staticmethod
    def free_ports():
        """The first of three ports that no program has."""
        for port in range(16817, 30000, 10):
            try:
                for number in range(port, port + 3):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", number))
                return port
            except OSError:
                continue
        raise Skipped("no free ports")

    def call(self, *words, cwd=None):
        end = subprocess.run(words, env=self.environment, cwd=cwd, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if end.returncode != 0:
            raise Skipped(f"{words[0]} ended with {end.returncode}: {end.stdout[-300:]}")
        return end.stdout.strip()

    def output(self, *words):
        return subprocess.run(words, env=self.environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.strip()

    def jobs(self, *states):
        """The numbers of jobs that are not over, an element of an array each, by state."""
        lines = self.output("squeue", "-h", "-r", "-o", "%i %T").splitlines()
        found = [line.split() for line in lines]
        return [number for number, state in found if not states or state in states]

    def submit(self, study, *words):
        return self.call("sh", "job", *words, cwd=study.folder)

    def wait(self, seconds=240):
        """Waits until no job is left; what waits for its turn again after a requeue begins now."""
        def isOver():
            asked = subprocess.run(["squeue", "-h", "-r", "-o", "%i %T %r"], env=self.environment,
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            # A controller that does not reply may have jobs.
            if asked.returncode != 0:
                return False
            left = asked.stdout.strip().splitlines()
            for line in left:
                if "BeginTime" in line:
                    self.output("scontrol", "update", f"job={line.split()[0]}", "StartTime=now")
            return not left
        until(isOver, lambda: "jobs: " + self.output("squeue", "-h", "-r"), seconds)

    def processes(self, **variables):
        return processes(SLURM_CONF=self.environment["SLURM_CONF"], **variables)

    def stop(self):
        for job in self.jobs():
            self.output("scancel", job)
        for name in ("slurmd.n1.pid", "slurmd.n2.pid", "slurmctld.pid", "munge/pid"):
            end_by_file(f"{self.folder}/{name}")


def processes(**variables):
    """Processes with these environment variables."""
    wanted = [f"{name}={value}".encode() for name, value in variables.items()]
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if all(word in words for word in wanted):
            found.append(int(name))
    return found


def end_by_file(path):
    """Ends the process whose number a file has, and waits for that."""
    try:
        with open(path) as file:
            process = int(file.read())
        os.kill(process, signal.SIGTERM)
    except (OSError, ValueError):
        return
    def isGone():
        try:
            with open(f"/proc/{process}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True
    until(isGone, f"the end of {path}", 20)

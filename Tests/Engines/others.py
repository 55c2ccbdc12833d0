"""MPI, HyperQueue, GNU parallel over ssh, and an imitated kubelet."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

from slurm import end_by_file
from study import Failure, Skipped, until


def launcher(name):
    """An mpirun that starts more ranks than there are processors, also as root."""
    if not shutil.which(name):
        raise Skipped(f"no {name}")
    return name + (" --oversubscribe" if name.endswith("openmpi") else "")


MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


class Sshd:
    """An sshd on the loopback, with keys of its own; `client` is its client's command."""

    def __init__(self, folder):
        server = shutil.which("sshd") or "/usr/sbin/sshd"
        if not os.path.exists(server) or not shutil.which("ssh-keygen"):
            raise Skipped("no sshd: install openssh-server")
        self.folder, self.client = folder, f"{folder}/ssh"
        os.makedirs(folder, mode=0o700)
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("server", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"],
                           check=True)
        port = 2222
        with open(f"{folder}/configuration", "w") as file:
            file.write(f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/server\n"
                       f"AuthorizedKeysFile {folder}/client.pub\nPidFile {folder}/pid\n"
                       "StrictModes no\nPermitRootLogin prohibit-password\nUsePAM no\n"
                       "PasswordAuthentication no\nMaxStartups 100\nMaxSessions 100\n")
        with open(self.client, "w") as file:
            file.write(f"#!/bin/sh\nexec ssh -p {port} -i {folder}/client -o LogLevel=ERROR "
                       f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={folder}/known \"$@\"\n")
        os.chmod(self.client, 0o755)
        end = subprocess.run([server, "-f", f"{folder}/configuration", "-E", f"{folder}/log"])
        if end.returncode != 0:
            raise Skipped("sshd does not start")
        until(lambda: subprocess.run([self.client, "127.0.0.1", "true"],
                                     stderr=subprocess.DEVNULL).returncode == 0, "an answer of sshd", 20)

    def stop(self):
        end_by_file(f"{self.folder}/pid")


# The package has no program hq: these few lines are what the job script needs of it.
HQ = """#!{python}
import sys
from hyperqueue import Job
from hyperqueue.client import Client
from hyperqueue.ffi.protocol import ResourceRequest
from hyperqueue.task.program import ExternalProgram
words = sys.argv[1:]
assert words.pop(0) == "submit"
options = {{}}
while words[0].startswith("--"):
    name, _, value = words.pop(0).partition("=")
    options[name] = value
job = Job(max_fails=None, name=options["--name"])
for part in options["--array"].split(","):
    ends = part.split("-")
    for task in range(int(ends[0]), int(ends[-1]) + 1):
        job._add_task(ExternalProgram(
            task, args=words, env={{}}, cwd={folder!r}, dependencies=(), stdout=None, stderr=None,
            stdin=None, name=None, task_dir=False, priority=0,
            resources=ResourceRequest(cpus=int(options["--cpus"])), crash_limit=None))
client = Client({server!r})
sys.exit(0 if client.wait_for_jobs([client.submit(job)], raise_on_error=False) else 1)
"""

SERVER = """
import sys
from hyperqueue.cluster import LocalCluster
with LocalCluster(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""

# The package starts workers only inside of a server's process. For one that can die alone, a second
# server is started, whose address is replaced by that of the first.
WORKER = """
import os, shutil, sys
from hyperqueue.cluster import LocalCluster, WorkerConfig
cluster = LocalCluster(sys.argv[2])
shutil.copy(sys.argv[1] + "/hq-current/access.json", sys.argv[2] + "/hq-current/access.json")
cluster.start_worker(WorkerConfig(cores=2))
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
"""


class HyperQueue:
    """A server, and workers in processes of their own; `environment` finds hq."""

    def __init__(self, folder, study):
        if subprocess.run([sys.executable, "-c", "import hyperqueue"],
                          stderr=subprocess.DEVNULL).returncode != 0:
            raise Skipped("no Python package hyperqueue")
        os.makedirs(folder)
        self.folder = folder
        with open(f"{folder}/hq", "w") as file:
            file.write(HQ.format(python=sys.executable, server=f"{folder}/server", folder=study.folder))
        os.chmod(f"{folder}/hq", 0o755)
        self.environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")
        self.children = []
        self.start(SERVER, "server")
        self.worker()

    def worker(self):
        return self.start(WORKER, "server", f"worker{len(self.children)}")

    def start(self, program, *folders):
        paths = [f"{self.folder}/{name}" for name in folders]
        os.makedirs(paths[-1])
        child = subprocess.Popen(
            [sys.executable, "-c", program, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.children.append(child)
        # A server prints a table before.
        if not any(line == "ready\n" for line in child.stdout):
            self.stop()
            raise Skipped("the server or a worker of HyperQueue does not start")
        return child

    def stop(self):
        for child in reversed(self.children):
            child.stdin.close()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


class Kubelet:
    """Starts the pods of a Job as Kubernetes does, as far as a process can be a pod."""

    def __init__(self, study):
        text = study.script("k8s", 4, "--image", "host", "--claim", "study")
        commands = [json.loads(found.replace("$$(", "$("))
                    for found in re.findall(r"command: (\[.*\])", text)]
        self.folder, self.command, self.end = study.folder, commands[0], commands[1]
        self.completions = int(re.search(r"completions: (\d+)", text)[1])
        self.backoff = int(re.search(r"backoffLimitPerIndex: (\d+)", text)[1])
        self.ignored = json.loads(re.search(r"Ignore, onExitCodes: .*values: (\[.*?\])", text)[1])

    def pod(self, index):
        return subprocess.Popen(
            self.command, cwd=self.folder, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, JOB_COMPLETION_INDEX=str(index)), start_new_session=True)

    def take_away(self, pod):
        """A drained node: TERM, the time of grace, and then the end of all processes."""
        pod.send_signal(signal.SIGTERM)
        try:
            pod.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill(pod)
        return pod.returncode

    def kill(self, pod):
        """A node that has lost its power."""
        os.killpg(pod.pid, signal.SIGKILL)
        pod.wait()
        return pod.returncode

    def finish(self, pods):
        """Goes on until each index is complete, with new pods for those that failed."""
        failures = dict.fromkeys(range(self.completions), 0)
        running = dict(pods)
        while running:
            index, pod = running.popitem()
            error = pod.communicate()[1]
            if pod.returncode == 0:
                continue
            if pod.returncode not in self.ignored:
                failures[index] += 1
                if failures[index] > self.backoff:
                    raise Failure(f"index {index} failed: {error}")
            running[index] = self.pod(index)
        return subprocess.run(self.end, cwd=self.folder, stderr=subprocess.PIPE, text=True)

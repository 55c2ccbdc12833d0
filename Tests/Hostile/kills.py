#!/usr/bin/env python3
"""Kills of the host, of the process that workers descend from, and of workers, at any moment.

Usage: kills.py HOST PLUGINS KILLS [SEED]

Each run is a manifest made from a seed, in any isolation and order, with and without memory
limits and lanes; one or more processes are killed at random moments. If the host was not, each
call has exactly one token, once, and the exit code is 0 only if all are ok; if it was, its file
of results is complete or absent, and no process is left. A failure prints its seed.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 60


def children(process):
    found = []
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{process}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


def descendants(process):
    below = children(process)
    return below + [deeper for child in below for deeper in descendants(child)]


def is_there(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def manifest(rng, plugins):
    tasks = []
    for _ in range(rng.randint(20, 60)):
        kernel = rng.choice(["good_flat", "good_heap", "deadly_if", "sleep"])
        args = {"seconds": rng.choice([0, 0.002])} if kernel == "sleep" else {
            "steps": rng.choice([3, 1000, 200000])}
        task = {"kernel": kernel, "args": args, "timeout": 30}
        if rng.random() < 0.1:
            task["memory"] = "64 MiB"
        if rng.random() < 0.1:
            task["retries"] = {"times": 1, "on": ["crash", "lost"]}
        tasks.append(task)
    return {"plugins": [f"{plugins}/libneighbours.so"], "tasks": tasks}


def kill_something(rng, host, targets):
    """Kills the host, its fork server, or a worker; returns whether it was the host."""
    below = descendants(host)
    kind = rng.choice(targets)
    if kind == "host":
        os.kill(host, signal.SIGKILL)
        return True
    servers = children(host)
    victims = servers if kind == "fork server" else [one for one in below if one not in servers]
    if victims:
        try:
            os.kill(rng.choice(victims), signal.SIGKILL)
        except OSError:
            pass
    return False


def run(host, plugins, folder, seed):
    rng = random.Random(seed)
    made = manifest(rng, plugins)
    path, out = f"{folder}/{seed}.json", f"{folder}/{seed}.out"
    with open(path, "w") as file:
        json.dump(made, file)
    isolation = rng.choice(["process", "process", "call", "none"])
    command = [host, path, "-q", "--format", "jsonl", "-o", out, "--isolation", isolation]
    if isolation == "none":
        for task in made["tasks"]:
            task.pop("memory", None)
        with open(path, "w") as file:
            json.dump(made, file)
    if rng.random() < 0.4:
        command += ["--order", "completion"]
    if rng.random() < 0.4:
        command += ["-j", "2"]
    targets = ["host"] if isolation == "none" else ["fork server", "worker", "worker", "host"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    below, was_host = [], False
    for _ in range(rng.choice([1, 1, 2, 4])):
        time.sleep(rng.random() * 0.04)
        if process.poll() is not None or was_host:
            break
        below = descendants(process.pid)
        was_host = kill_something(rng, process.pid, targets)
    try:
        errors = process.communicate(timeout=PATIENCE)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return f"seed {seed}: no end within {PATIENCE} s: {' '.join(command)}"
    left_until = time.monotonic() + 5
    while any(is_there(one) for one in below):
        if time.monotonic() > left_until:
            return f"seed {seed}: processes are left: {below}"
        time.sleep(0.01)
    count = len(made["tasks"])
    calls = None
    if os.path.exists(out):
        with open(out) as file:
            records = [record for record in map(json.loads, file) if "call" in record]
        calls = [record["call"] for record in records]
        if "--order" in command:
            calls.sort()
        all_ok = all(record["ok"] for record in records)
        os.remove(out)
    os.remove(path)
    if calls is not None and calls != list(range(count)):
        return f"seed {seed}: calls {calls} of {count}: {' '.join(command)}"
    if was_host:
        return None
    # A fork server that is killed again and again before it is of use: nothing ran.
    if process.returncode == 2 and calls is None and b"nothing ran" in errors:
        return None
    if calls is None or process.returncode != (0 if all_ok else 1):
        return f"seed {seed}: exit code {process.returncode}: {errors[-300:]!r} {' '.join(command)}"
    return None


def main():
    host, plugins, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    folder = tempfile.mkdtemp(prefix="kills-")
    with ThreadPoolExecutor(4) as pool:
        failures = [one for one in pool.map(lambda seed: run(host, plugins, folder, seed),
                                            range(first, first + kills)) if one]
    shutil.rmtree(folder)
    print("\n".join(failures))
    print(f"{kills} runs with kills, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())

#!/usr/bin/env python3
"""Runs of kernels that write at random over memory which is not theirs.

Usage: scribbles.py HOST PLUGINS RUNS [SEED]

HOST is the program, PLUGINS the folder of the built test plugins. Each run is a manifest made
from a seed: some scribbling calls among good ones, in any isolation that has workers, with
timeouts on. Whatever happens, each call has exactly one token, in order, and the run ends in
bounded time. A failure prints its seed and keeps its manifest; run it again with RUNS 1 and
that SEED.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 60


def manifest(seed, plugins):
    rng = random.Random(seed)
    tasks = []
    for _ in range(rng.randint(4, 24)):
        kind = rng.randrange(8)
        if kind < 2:
            kernel = rng.choice(["scribbles_near", "scribbles_far"])
            args = {"at": rng.randrange(6), "seed": rng.getrandbits(60),
                    "writes": rng.choice([1, 1, 2, 8, 64])}
        elif kind < 6:
            kernel = rng.choice(["good_flat", "good_heap"])
            args = {"steps": rng.randrange(40)}
        elif kind < 7:
            kernel, args = "sleep", {"seconds": rng.choice([0, 0.001, 0.02])}
        else:
            kernel, args = "moments", {"values": [1, 2, 3]}
        task = {"kernel": kernel, "args": args, "timeout": 0.1, "grace": 0.02}
        if rng.random() < 0.1:
            task["retries"] = 1
        if rng.random() < 0.05:
            task["memory"] = "64 MiB"
        tasks.append(task)
    isolation = "call" if rng.random() < 0.1 else "process"
    return {"isolation": isolation, "crash_limit": 1000, "tasks": tasks,
            "plugins": [f"{plugins}/libneighbours.so", f"{plugins}/libscribbles.so"]}, rng


def run(host, plugins, folder, seed):
    made, rng = manifest(seed, plugins)
    path = f"{folder}/{seed}.json"
    with open(path, "w") as file:
        json.dump(made, file)
    command = [host, path, "-q", "--format", "jsonl"]
    if rng.random() < 0.3:
        command += ["-j", "2"]
    if rng.random() < 0.1:
        command += ["--live", "2"]
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return f"seed {seed}: no end within {PATIENCE} s: {' '.join(command)}", PATIENCE
    taken = time.monotonic() - began
    calls = []
    for line in done.stdout.splitlines()[1:]:  # the first is the run's
        try:
            calls.append(json.loads(line)["call"])
        except (ValueError, KeyError):
            return f"seed {seed}: no record: {line[:200]!r}", taken
    if calls != list(range(len(made["tasks"]))):
        return f"seed {seed}: calls {calls} of {len(made['tasks'])}", taken
    if done.returncode not in (0, 1):
        return f"seed {seed}: exit code {done.returncode}: {done.stderr[-500:]!r}", taken
    os.remove(path)
    return None, taken


def main():
    host, plugins, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    folder = tempfile.mkdtemp(prefix="scribbles-")
    failures, longest = [], (0, 0)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)) + 1) as pool:
        seeds = range(first, first + runs)
        for seed, (failure, taken) in zip(
                seeds, pool.map(lambda one: run(host, plugins, folder, one), seeds)):
            longest = max(longest, (taken, seed))
            if failure:
                failures.append(failure)
                print(failure, flush=True)
    print(f"{runs} runs, {len(failures)} failed; the longest took {longest[0]:.2f} s"
          f" (seed {longest[1]})")
    if failures:
        print(f"their manifests are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


sys.exit(main())

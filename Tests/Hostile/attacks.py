#!/usr/bin/env python3
"""Each way of attacks_lane.c to falsify a lane's books, with each ending and in both isolations.

Usage: attacks.py HOST PLUGINS SOURCE

HOST is the program, PLUGINS the folder of the built test plugins, SOURCE attacks_lane.c, which
has the list of attacks. Each call must have one token, in order, and each good call that is ok
the right result; the run ends in bounded time.
"""
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

LIMITS = {"timeout": 0.15, "grace": 0.05}
SUMS = {0: 44850, 1: 4950, 4: 1225, 6: 10}
PATIENCE = 90


def tasks(how, then):
    calls = [
        ("good_flat", {"steps": 300}), ("good_heap", {"steps": 100}), ("sleep", {"seconds": 0.02}),
        ("attacks_lane", {"how": how, "then": then}), ("good_heap", {"steps": 50}),
        ("sleep", {"seconds": 0.001}), ("good_flat", {"steps": 5}),
        ("moments", {"values": [1, 2, 3]})]
    return [{"kernel": kernel, "args": args, **LIMITS} for kernel, args in calls]


def attack(host, plugins, isolation, how, then):
    name = f"{isolation}, {how}, {then}"
    manifest = {"isolation": isolation, "tasks": tasks(how, then),
                "plugins": [f"{plugins}/libneighbours.so", f"{plugins}/libattacks_lane.so"]}
    try:
        done = subprocess.run([host, "-", "-q", "--format", "jsonl"], timeout=PATIENCE,
                              input=json.dumps(manifest).encode(), capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return f"{name}: no end within {PATIENCE} s"
    records = [json.loads(line) for line in done.stdout.splitlines()[1:]]  # the first is the run's
    if [record["call"] for record in records] != list(range(8)) or done.returncode not in (0, 1):
        return f"{name}: {len(records)} records, exit code {done.returncode}: {done.stderr[-300:]!r}"
    for call, total in SUMS.items():
        if records[call]["status"] == "ok" and records[call]["result"]["sum"] != total:
            return f"{name}: call {call} has {records[call]['result']}"
    return None


def main():
    host, plugins, source = sys.argv[1:4]
    with open(source) as file:
        names = re.findall(r"ATTACK\((\w+)\)[,;]", file.read())
    cases = [(isolation, how, then) for isolation in ("process", "call") for how in names
             for then in ("more", "done", "spins", "exits")]
    with ThreadPoolExecutor(8) as pool:
        failures = [one for one in pool.map(lambda case: attack(host, plugins, *case), cases) if one]
    print("\n".join(failures))
    print(f"{len(cases)} attacks, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())

"""Kills runs with a journal at random moments, and goes on with them until they are complete.

usage: kills.py HOST LEDGER_LIBRARY KILLS [SEED]

Each call of the ledger kernels appends its number to a file when it begins. However the hosts died,
a call that must not begin twice began once at most, every other one at least once, and all tokens
but those that are lost are those of a run without a break.
"""
import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

host, library, kills = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
dice = random.Random(seed)
CALLS = 600


def fail(text):
    print(f"seed {seed}: {text}")
    sys.exit(1)


def manifest(folder):
    ledger = os.path.join(folder, "ledger")
    open(ledger, "w").close()
    half = CALLS // 2
    pause = 0.004
    ids = lambda start: {"from": start, "to": start + half - 1, "count": half}
    tasks = [
        {"name": name, "kernel": name, "args": {"path": ledger, "steps": 3, "pause": pause},
         "sweep": {"id": ids(start)}}
        for name, start in (("ledger_once", 0), ("ledger_pure", half))
    ]
    tasks.append({"name": "sum", "kernel": "moments", "args": {"values": {"results": "ledger_pure"}}})
    study = {"plugins": [library], "allow": {"write": [ledger]}, "mode": "parallel", "jobs": 2,
             "tasks": tasks}
    with open(os.path.join(folder, "study.json"), "w") as file:
        json.dump(study, file)
    return ledger


def descendants(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in file.read().split():
                    found += [int(child)] + descendants(child)
    except OSError:
        pass
    return found


def line(folder):
    return [host, "run", "--journal", "study.kh", "--live", "8", "--format", "jsonl", "-q",
            "--progress", "none", "-o", "results", "study.json"]


def kill_once(folder):
    """Starts a host and kills it, or some of its processes. Returns whether it ended by itself."""
    child = subprocess.Popen(line(folder), cwd=folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, start_new_session=True)
    # Sometimes before the first call, mostly while calls run.
    time.sleep(dice.uniform(0, 0.03) if dice.random() < 0.2 else dice.uniform(0.02, 0.25))
    what = dice.random()
    if child.poll() is None:
        if what < 0.8:
            child.kill()
        elif what < 0.9:
            children = descendants(child.pid)
            if children:
                try:
                    os.kill(dice.choice(children), signal.SIGKILL)
                except OSError:
                    pass
        else:
            child.send_signal(dice.choice([signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP]))
    code = child.wait(timeout=60)
    errors = child.stderr.read().decode()
    # A signal that came before the host looked for it ended it as any program.
    if code not in (0, 1, 75, -9, -15, -10, -1):
        fail(f"the host ended with {code}: {errors}")
    return code in (0, 1)


def check(folder, ledger):
    with open(ledger) as file:
        begun = [int(number) for number in file.read().split()]
    counts = {number: begun.count(number) for number in set(begun)}
    with open(os.path.join(folder, "results")) as file:
        records = [json.loads(text) for text in file][1:]
    if [record["call"] for record in records] != list(range(CALLS + 1)):
        fail(f"{len(records)} records of {CALLS + 1} calls")
    lost = collections.Counter()
    for record in records[:CALLS]:
        number = record["call"]
        name = record["status"] + " " + (record["error"] or {}).get("name", "")
        isOnce = number < CALLS // 2
        if isOnce and counts.get(number, 0) > 1:
            fail(f"call {number} must not begin twice and began {counts[number]} times")
        if record["status"] == "ok":
            if record["result"] != number * number:
                fail(f"call {number}: {record}")
            if counts.get(number, 0) < 1:
                fail(f"call {number} is ok and never began")
        elif record["status"] in ("lost", "cancelled") and isOnce:
            lost[name] += 1
        elif record["status"] == "crash" and record["error"]["name"] == "SIGKILL":
            lost[name] += 1
        elif record["status"] == "lost" and "the last time while it ran alone" in \
                record["error"]["message"]:
            lost[name] += 1
        else:
            fail(f"call {number}: {record}")
    return lost, sum(counts.values()) - len(counts)


done = runs = 0
started = time.time()
while done < kills:
    with tempfile.TemporaryDirectory() as folder:
        ledger = manifest(folder)
        runs += 1
        while done < kills and not kill_once(folder):
            done += 1
        end = subprocess.run(line(folder), cwd=folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        if end.returncode not in (0, 1):
            fail(f"the last host ended with {end.returncode}: {end.stderr.decode()}")
        lost, again = check(folder, ledger)
        print(f"{done} kills: {dict(lost)},{again} begun again", flush=True)
print(f"{done} kills in {runs} runs, {time.time() - started:.0f} s, seed {seed}")

"""Kills runs with a journal at random moments, and goes on with them until they are complete.

usage: kills.py HOST LEDGER_LIBRARY LONG_LIBRARY KILLS [SEED]

Each call of the ledger kernels appends its number to a file when it begins. However the hosts died,
a call that must not begin twice began once at most, every other one at least once, and all tokens
but those that are lost are those of a run without a break. Long calls are copied while they run, and
go on in the next host. Of these a host that was killed does some steps again, and one that was
stopped does none.
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

host, library, long_library = (os.path.abspath(path) for path in sys.argv[1:4])
kills = int(sys.argv[4])
seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(1 << 32)
dice = random.Random(seed)
CALLS = 600
LONG = 4  # of each kind
STEPS = 150


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
    tasks += [
        {"name": name, "kernel": name, "args": {"path": ledger, "steps": STEPS, "pause": pause},
         "sweep": {"id": {"from": start, "to": start + LONG - 1, "count": LONG}}}
        for name, start in (("long_once", CALLS + 1), ("long_pure", CALLS + 1 + LONG))
    ]
    # Some of them begin early.
    tasks = tasks[-2:] + tasks[:-2]
    study = {"plugins": [library, long_library], "allow": {"write": [ledger]}, "mode": "parallel", "jobs": 2,
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
    return [host, "run", "--journal", "study.kh", "--live", "12", "--snapshot", "0.03", "--format",
            "jsonl", "-q",
            "--progress", "none", "-o", "results", "study.json"]


# Whether a process of a host was killed, and not the host, since the run began.
is_child_killed = False


def kill_once(folder):
    """Starts a host and kills it, or some of its processes. Returns whether it ended by itself."""
    global is_child_killed
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
                is_child_killed = True
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


POISON = "the last time while it ran alone"


def is_from_a_killed_child(record):
    """Whether the token tells of a killed worker, or of a fork server that took its workers along."""
    is_once = record["kernel"] in ("long_once", "ledger_once")
    return is_child_killed and record["status"] == "crash" and (
        record["error"]["name"] == "SIGKILL" or is_once and record["error"]["name"] == "GONE")


def check_long(record, counts):
    """Returns what it was lost with; None: it is as it must be."""
    number = record["args"]["id"]
    begins, steps = counts.get(f"b{number}", 0), counts.get(f"{number}", 0)
    is_once = record["kernel"] == "long_once"
    if is_once and begins > 1:
        fail(f"long call {number} must not begin twice and began {begins} times")
    if record["status"] == "ok":
        sums = [number * done * (done + 1) // 2 for done in range(STEPS)]
        wanted = {"sum": sums[-1], "numbers": [one / 3 for one in sums],
                  "text": f"call {number} after {STEPS} steps"}
        if record["result"] != wanted or record["steps"] != STEPS + 1:
            fail(f"long call {number}: {record}")
        if steps < STEPS or begins < 1 or is_once and (steps > STEPS or counts[f"f{number}"] != 1):
            fail(f"long call {number} made {steps} steps, {counts.get(f'f{number}')} finishes")
        return None
    name = record["status"] + " " + record["error"]["name"]
    if is_once and record["status"] in ("lost", "cancelled") or \
            is_from_a_killed_child(record) or POISON in record["error"]["message"]:
        return name
    fail(f"long call {number}: {record}")


def check(folder, ledger):
    with open(ledger) as file:
        counts = dict(collections.Counter(file.read().split()))
    with open(os.path.join(folder, "results")) as file:
        records = [json.loads(text) for text in file][1:]
    if [record["call"] for record in records] != list(range(CALLS + 1 + 2 * LONG)):
        fail(f"{len(records)} records of {CALLS + 1 + 2 * LONG} calls")
    lost = collections.Counter()
    for record in records[:2 * LONG]:
        name = check_long(record, counts)
        if name is not None:
            lost[name] += 1
    again = sum(count - 1 for name, count in counts.items()
                if name.isdigit() and int(name) < CALLS or name[0] == "b")
    counts = {int(name): count for name, count in counts.items() if name.isdigit()}
    for record in records[2 * LONG:2 * LONG + CALLS]:
        number = record["args"]["id"]
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
        elif is_from_a_killed_child(record):
            lost[name] += 1
        elif record["status"] == "lost" and POISON in record["error"]["message"]:
            lost[name] += 1
        else:
            fail(f"call {number}: {record}")
    return lost, again


done = runs = 0
started = time.time()
while done < kills:
    with tempfile.TemporaryDirectory() as folder:
        ledger = manifest(folder)
        is_child_killed = False
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

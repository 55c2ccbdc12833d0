"""Ends a run with a journal at each of its system calls on files, or lets these fail.

usage: injections.py HOST LEDGER_LIBRARY LONG_LIBRARY

With strace's inject, the N-th call of write, fdatasync, openat, linkat or rename in the host is a
SIGKILL, or fails with ENOSPC, EIO, EDQUOT or EINTR, for every N of a small run. Then the run goes on
undisturbed. A call that must not begin twice began once at most, and all calls have their tokens.
Two long calls are copied while they run, so that files with half-done calls are among what fails.
"""
import json
import os
import subprocess
import sys
import tempfile

host, library, long_library = (os.path.abspath(path) for path in sys.argv[1:4])
CALLS = 6
STEPS = 8


def make(folder):
    ledger = os.path.join(folder, "ledger")
    open(ledger, "w").close()
    half = CALLS // 2
    tasks = [
        {"kernel": name, "args": {"path": ledger},
         "sweep": {"id": {"from": start, "to": start + half - 1, "count": half}}}
        for name, start in (("ledger_once", 0), ("ledger_pure", half))
    ]
    tasks += [
        {"kernel": name, "args": {"path": ledger, "steps": STEPS, "pause": 0.005, "id": CALLS + call}}
        for call, name in enumerate(("long_once", "long_pure"))
    ]
    with open(os.path.join(folder, "study.json"), "w") as file:
        json.dump({"plugins": [library, long_library], "allow": {"write": [ledger]}, "tasks": tasks}, file)


LINE = [host, "run", "--journal", "study.kh", "--format", "jsonl", "-q", "--progress", "none",
        "--snapshot", "0.01", "-o", "results", "study.json"]


def strace(folder, call, inject):
    """Each thread counts its own calls. Workers are traced, too: theirs may fail as well."""
    command = ["strace", "-f", "-qq", "-o", "trace", "-e", f"trace={call}", "-e",
               f"inject={call}:{inject}"]
    return subprocess.run(command + LINE, cwd=folder, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=120)


def check(folder, what, code, errors):
    # 126 and 127: the loader of programs could not open what it needs.
    if code not in (0, 1, 2, 3, 75, 126, 127, -9, 137):
        sys.exit(f"{what}: the host ended with {code}: {errors}")
    last = subprocess.run(LINE, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if last.returncode not in (0, 1):
        sys.exit(f"{what}: it does not go on: {last.returncode} {last.stderr.decode()}")
    with open(os.path.join(folder, "ledger")) as file:
        begun = file.read().split()
    with open(os.path.join(folder, "results")) as file:
        records = [json.loads(text) for text in file][1:]
    if [record["call"] for record in records] != list(range(CALLS + 2)):
        sys.exit(f"{what}: {len(records)} records")
    for record in records[CALLS:]:
        is_once = record["call"] == CALLS
        if is_once and begun.count(f"b{CALLS}") > 1:
            sys.exit(f"{what}: long call {CALLS} began twice")
        if record["status"] == "ok":
            if record["result"]["text"] != f"call {record['call']} after {STEPS} steps" or \
                    record["result"]["sum"] != record["call"] * STEPS * (STEPS - 1) // 2 or \
                    record["steps"] != STEPS + 1:
                sys.exit(f"{what}: {record}")
        elif record["status"] not in (("lost", "cancelled", "error", "crash") if is_once
                                      else ("error", "crash")):
            # Its worker may have been killed at each write to the ledger.
            sys.exit(f"{what}: {record}")
    for record in records[:CALLS]:
        isOnce = record["call"] < CALLS // 2
        count = begun.count(str(record["call"]))
        if isOnce and count > 1:
            sys.exit(f"{what}: call {record['call']} began {count} times")
        if record["status"] == "ok":
            if record["result"] != record["call"] ** 2 or count == 0:
                sys.exit(f"{what}: {record}")
        elif record["status"] not in (("lost", "cancelled", "error", "crash") if isOnce
                                      else ("error",)):
            # The ledger itself could not be opened or written; its worker was killed.
            sys.exit(f"{what}: {record}")


def main():
    probe = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True)
    if probe.returncode != 0:
        print("strace cannot trace here: faults of system calls are not injected")
        return
    total = 0
    files = "link,linkat,rename,renameat,renameat2,mkdir"
    faults = {"write": ["signal=KILL", "error=ENOSPC", "error=EIO", "error=EDQUOT", "error=EINTR"],
              "fdatasync,fsync": ["signal=KILL", "error=EIO", "error=ENOSPC", "error=EINTR"],
              "openat": ["signal=KILL", "error=ENOSPC"],
              files: ["signal=KILL", "error=ENOSPC", "error=EIO"]}
    for call in faults:
        for fault in faults[call]:
            number = 0
            while True:
                number += 1
                with tempfile.TemporaryDirectory() as folder:
                    folder = os.path.realpath(folder)
                    make(folder)
                    ended = strace(folder, call, f"{fault}:when={number}")
                    with open(os.path.join(folder, "trace")) as file:
                        isThere = "INJECTED" in file.read()
                    if fault == "signal=KILL":
                        isThere = ended.returncode != 0
                    if not isThere:
                        break
                    total += 1
                    check(folder, f"{call} {number} {fault}", ended.returncode,
                          ended.stderr.decode())
            print(f"{call} {fault}: {number - 1} places", flush=True)
    print(f"{total} faults")


main()

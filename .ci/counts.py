"""Counts the instructions of six fixed runs, by callgrind, and compares them with those kept.

    python3 .ci/counts.py HOST COMPILER [--keep]

Counts do not depend on how busy the machine is. They do depend on the compiler, the C library and
valgrind: counts of other versions are shown and not compared. --keep writes the counts of this tree
to .ci/counts.txt.
"""

import json
import pathlib
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile

KEPT = pathlib.Path(__file__).with_name("counts.txt")
# A run may take so much more or less, as a part.
TOLERANCE = 0.03


def tasks(count, named=True, chained=False):
    for number in range(count):
        task = {"name": f"task-{number}"} if named else {}
        task |= {
            "kernel": "logistic_map",
            "args": {"r": 3.7, "x0": (number % 1000) / 1000, "n": 1},
        }
        if chained and number > 0:
            task["after"] = f"task-{number - 1}"
        yield task


def manifests(folder):
    """Writes the manifests, and returns each run's name with the arguments of `host`."""

    def write(name, value, **style):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(value, **style))
        return str(path)

    lots = random.Random(1)
    arrays = [[lots.random() * 10 for _ in range(20_000)] for _ in range(2)]
    arrays += [[lots.randrange(10**6) for _ in range(20_000)] for _ in range(2)]
    compact = {"separators": (",", ":")}
    check = ["check", "--no-plugins"]
    output = ["--isolation", "none", "-q", "-j", "1", "-o", str(folder / "output"), "--format"]
    sweep = {"x0": {"from": 0, "to": 1, "count": 20_000}}
    swept = [{"kernel": "logistic_map", "args": {"r": 3.7, "n": 1}, "sweep": sweep}]
    named = write("named", list(tasks(50_000)), **compact)
    return {
        "check_named": check + [named],
        "check_indented": check + [write("indented", list(tasks(20_000)), indent=2)],
        "check_waiting": check + [write("waiting", list(tasks(20_000, chained=True)), **compact)],
        "check_arrays": check
        + [write("arrays", [{"kernel": "moments", "args": [array]} for array in arrays], **compact)],
        "run_tokens": ["run", named, *output, "tokens"],
        "run_records": ["run", write("sweep", swept, **compact), *output, "jsonl"],
    }


def count(host, arguments):
    ended = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", host, *arguments],
        capture_output=True,
        text=True,
    )
    found = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode != 0 or not found:
        sys.exit(f"{' '.join(arguments)} failed under valgrind:\n{ended.stderr[-1000:]}")
    return int(found[1])


def kept():
    """The tools and the counts that are kept."""
    if not KEPT.exists():
        return "", {}
    first, *rest = KEPT.read_text().splitlines()
    return first, {name: int(number) for name, number in map(str.split, rest)}


def main(host, compiler, keeps=False):
    if shutil.which("valgrind") is None:
        print("no valgrind: instructions are not counted")
        return 0
    before, counts = kept()
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout
    tools = f"{compiler}; {' '.join(platform.libc_ver())}; {valgrind.strip()}"
    if before != tools:
        print(f"the counts kept are of {before or 'no tools'}, and these are {tools}: not compared")
        counts = {}
    found, wrong = {}, []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # Valgrind does not know each form of debug information.
        program = str(folder / "host")
        if subprocess.run(["objcopy", "--strip-debug", host, program]).returncode != 0:
            shutil.copy(host, program)
        for run, arguments in manifests(folder).items():
            found[run] = count(program, arguments)
            ratio = found[run] / counts[run] if run in counts else None
            shown = f", {ratio:.3f} of what is kept" if ratio else ""
            print(f"{run:16} {found[run]:>14,} instructions{shown}")
            if ratio and abs(ratio - 1) > TOLERANCE:
                wrong.append(run)
    if keeps:
        lines = [tools] + [f"{run} {number}" for run, number in found.items()]
        KEPT.write_text("\n".join(lines) + "\n")
    elif wrong:
        print(f"beyond {TOLERANCE:.0%}: {', '.join(wrong)}. Find the cause, or keep the new counts")
        return 1
    return 0


sys.exit(main(sys.argv[1], sys.argv[2], "--keep" in sys.argv[3:]))

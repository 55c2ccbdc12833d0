#!/usr/bin/env python3
"""Checks which folders of CSources/lanes use which others: by their #include lines, and by the
functions that their compiled files call. Fails on a circle, on an arrow that ALLOWED does not
have, on one that nothing needs, and on a folder with too many files.

    python3 Tests/C/check_folders.py [COMPILER]     without a compiler: the #include lines only
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANES = ROOT / "CSources" / "lanes"
MOST_FILES = 20

# A folder may use those to its right, and the headers for Swift in "include".
ALLOWED = {
    "include": [],
    "platform": [],
    "protocol": [],
    "sandbox": [],
    "shared": ["platform"],
    "plugins": ["platform"],
    "process": ["platform", "shared", "plugins"],
    "lane": ["shared", "plugins", "process"],
    "worker": ["lane", "process", "plugins", "sandbox", "protocol", "shared"],
    "fork_server": ["worker", "process", "plugins", "sandbox", "protocol", "platform"],
    "supervisor": ["protocol", "platform"],
    "client": ["supervisor", "lane", "shared"],
    "recovery": ["client", "shared"],
    "snapshot": ["client", "supervisor", "shared"],
}


def included_arrows():
    """Pairs of folders, each with a line that makes it."""
    headers = {path.name for path in (LANES / "include").glob("*.h")}
    for path in sorted(LANES.glob("*/*.[ch]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match or match[1] == "kernel_host.h":
                continue
            place = f"{path.relative_to(ROOT)}:{number}"
            if match[1] in headers:
                yield path.parent.name, "include", place
            elif "/" in match[1]:
                yield path.parent.name, match[1].split("/")[0], place
            else:
                sys.exit(f'{place}: "{match[1]}" is included without its folder')


def called_arrows(compiler):
    """The same by the calls between object files, whatever header declares them."""
    owner, wanted = {}, []
    with tempfile.TemporaryDirectory() as work:
        for number, path in enumerate(sorted(LANES.glob("*/*.c"))):
            item = pathlib.Path(work) / f"{number}.o"
            subprocess.run(
                [compiler, "-std=c11", "-D_GNU_SOURCE", "-O0", f"-I{ROOT}/include", f"-I{LANES}",
                 f"-I{LANES}/include", "-c", path, "-o", item], check=True)
            listing = subprocess.run(["nm", item], check=True, capture_output=True, text=True)
            for line in listing.stdout.splitlines():
                kind, name = line.split()[-2:]
                if kind == "U":
                    wanted.append((path, name))
                elif kind in "TDBRC":
                    owner[name] = path.parent.name
    for path, name in wanted:
        if name in owner:
            yield path.parent.name, owner[name], f"{path.relative_to(ROOT)}: {name}"


def find_circle(arrows):
    """The folders of a circle; None: there is none."""
    done, way = set(), []

    def visit(folder):
        if folder in way:
            return way[way.index(folder):] + [folder]
        if folder in done:
            return None
        way.append(folder)
        for other in sorted(arrows.get(folder, [])):
            circle = visit(other)
            if circle:
                return circle
        way.pop()
        done.add(folder)
        return None

    for folder in sorted(arrows):
        circle = visit(folder)
        if circle:
            return circle
    return None


def main():
    problems, arrows = [], {}
    for folder in sorted(path for path in LANES.iterdir() if path.is_dir()):
        count = sum(1 for path in folder.iterdir() if path.is_file())
        if count > MOST_FILES:
            problems.append(f"{folder.name} has {count} files; expected at most {MOST_FILES}")
        if folder.name not in ALLOWED:
            problems.append(f"{folder.name} is not in ALLOWED of {pathlib.Path(__file__).name}")
    found = list(included_arrows())
    if len(sys.argv) > 1:
        found += called_arrows(sys.argv[1])
    for folder, other, place in found:
        if folder == other:
            continue
        arrows.setdefault(folder, set()).add(other)
        if other != "include" and other not in ALLOWED.get(folder, []):
            problems.append(f"{place}: {folder} may not use {other}")
    for folder, others in ALLOWED.items():
        for other in others:
            if other not in arrows.get(folder, set()):
                problems.append(f"nothing of {folder} uses {other}: take it off ALLOWED")
    circle = find_circle(arrows)
    if circle:
        problems.append("folders use each other in a circle: " + " -> ".join(circle))
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(1)
    print(f"folders of CSources/lanes: {len(arrows)} with {sum(map(len, arrows.values()))} arrows, "
          "no circle")


main()

#!/usr/bin/env python3
"""Draws what a terminal of 80 columns shows of a real run, as .github/terminal.svg has it.

usage: terminal_picture.py KERNELHOST FOLDER SHARE COMMAND... > terminal.svg

The program KERNELHOST runs in FOLDER, named kernelhost. The picture has the screen when the run is
SHARE percent done, and below it the screen at its end. Needs the Python package pyte."""
import html
import os
import pty
import re
import select
import struct
import sys
import tempfile
import fcntl
import termios

import pyte

COLUMNS, ROWS, WIDTH, HEIGHT = 80, 40, 8.4, 19
COLOURS = {"red": "#ff7a5c", "green": "#7bc275", "brown": "#e3cb4a", "yellow": "#e3cb4a", "blue": "#6ca0d8",
           "magenta": "#e07bb0", "cyan": "#6cc7d8"}


def screens(program, folder, share, words):
    """Returns the screen when the run is that far, and the last one."""
    names = tempfile.mkdtemp()
    os.symlink(os.path.abspath(program), names + "/kernelhost")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(PATH=names + ":" + os.environ["PATH"], TERM="xterm-256color")
        os.execvp("kernelhost", ["kernelhost", *words])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    middle = None
    while True:
        if not select.select([terminal], [], [], 60)[0]:
            break
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:
            break
        if not data:
            break
        stream.feed(data)
        done = re.search(r"(\d+)\s?%", "\n".join(screen.display))
        if middle is None and done and int(done[1]) >= share:
            middle = lines(screen)
    os.waitpid(child, 0)
    return middle, lines(screen)


def lines(screen):
    rows = [[(screen.buffer[y][x].data, screen.buffer[y][x].fg, screen.buffer[y][x].bold)
             for x in range(COLUMNS)] for y in range(ROWS)]
    while rows and all(cell[0] == " " for cell in rows[-1]):
        rows.pop()
    return rows


def spans(row):
    """SVG of one row: neighbours of one style together."""
    out, start = [], 0
    while start < COLUMNS:
        end = start
        while end < COLUMNS and row[end][1:] == row[start][1:]:
            end += 1
        text = "".join(cell[0] for cell in row[start:end])
        start += len(text) - len(text.lstrip()) if text.strip() else 0
        text = text.lstrip()
        if text:
            colour, bold = COLOURS.get(row[start][1]), row[start][2]
            style = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "")
            out.append(f'<tspan x="{12 + start * WIDTH:g}" textLength="{len(text.rstrip()) * WIDTH:g}"'
                       f'{style}>{html.escape(text.rstrip())}</tspan>')
        start = end
    return "".join(out)


def main():
    program, folder, share, *words = sys.argv[1:]
    middle, last = screens(program, folder, int(share), words)
    prompt = [(c, "green" if i == 0 else "default", i == 0) for i, c in
              enumerate(("$ kernelhost " + " ".join(words)).ljust(COLUMNS))]
    # The first rows of the last screen are those of the first one; what was erased is kept once.
    shared = 0
    while shared < min(len(middle), len(last)) and middle[shared] == last[shared]:
        shared += 1
    rows = [prompt] + middle + [[(" ", "default", False)] * COLUMNS] + last[shared:]
    size = (24 + COLUMNS * WIDTH, 24 + len(rows) * HEIGHT)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" role="img">')
    print(f"<title>kernelhost {html.escape(' '.join(words))}</title>")
    print(f'<rect width="{size[0]:g}" height="{size[1]:g}" rx="8" fill="#1c1f24"/>')
    print('<g font-family="ui-monospace, SFMono-Regular, Menlo, DejaVu Sans Mono, monospace" font-size="14" '
          'fill="#d8dce2">')
    for index, row in enumerate(rows):
        if spans(row):
            print(f'<text y="{26 + index * HEIGHT}">{spans(row)}</text>')
    print("</g>\n</svg>")


main()

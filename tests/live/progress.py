#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--progress: where its line stands, where it does not, and that it is gone at the end.

    progress.py THRTRACE
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

TOOL = sys.argv[1]
# Long enough for a line, which comes after half a second; two processes are born within.
PROGRAM = ["sh", "-c", "sleep 0.1; sleep 1.1; :"]
CLEAR = "\r\x1b[K"
LINE = re.compile(r"(\d+):(\d\d)  (\d+) births, (\d+) a second; (\d+) live, (\d+) ends; (\d+) findings?")


def has_terminal():
    """In a session of its own, whose terminal is standard error: as a shell's job in the foreground."""
    import fcntl
    import termios
    os.setsid()
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)


def started(options, program, stdout="file", stderr="terminal"):
    """Standard output and standard error are a terminal, the same, or a file."""
    master, slave = pty.openpty()
    out = {"terminal": slave, "file": subprocess.DEVNULL}
    child = subprocess.Popen([TOOL, *options, *program], stdin=subprocess.DEVNULL, stdout=out[stdout], stderr=out[stderr],
                             preexec_fn=has_terminal if stderr == "terminal" else None)
    os.close(slave)
    return child, master


def shown(child, master):
    """What the terminal got to the end."""
    got, ends = b"", time.monotonic() + 30
    while time.monotonic() < ends:
        if select.select([master], [], [], 0.1)[0]:
            try:
                more = os.read(master, 4096)
            except OSError: # its other end is closed
                break
            got += more
        elif child.poll() is not None:
            break
    child.wait(30)
    os.close(master)
    return got.decode()


def fail(name, text):
    print(f"FAILED: {name}: the terminal got {text!r}")
    sys.exit(1)


def check_line(name, text, births):
    lines = LINE.findall(text)
    if not lines or not text.startswith(CLEAR) or not text.endswith(CLEAR) or LINE.sub("", text).replace(CLEAR, ""):
        fail(name, text)
    seen = [int(line[2]) for line in lines]
    if seen != sorted(seen) or seen[-1] != births or int(lines[-1][2]) != int(lines[-1][4]) + int(lines[-1][5]):
        fail(name, text)


def main():
    with tempfile.TemporaryDirectory() as where:
        sleeper = subprocess.Popen(["sleep", "100"])
        to = ["-f", "-o", f"{where}/trace"]
        cases = {
            "a program whose output is a file": (3, started(to, PROGRAM)),
            "on, beside a program on the terminal": (3, started([*to, "--progress=on"], PROGRAM, "terminal")),
            "a process that is there": (1, started(["-o", f"{where}/there", "--duration=900ms", f"-p{sleeper.pid}"], [])),
            "a program on the terminal": (0, started(to, PROGRAM, "terminal")),
            "off": (0, started([*to, "--progress=off"], PROGRAM)),
            "no terminal": (0, started([*to, "--progress=on"], PROGRAM, "terminal", "file")),
            "over at once": (0, started(to, ["true"])),
        }
        for name, (births, (child, master)) in cases.items():
            text = shown(child, master)
            if births:
                check_line(name, text, births)
            elif text:
                fail(name, text)
        text = shown(*started(["-f", "-qq", "--progress=on"], PROGRAM)) # the trace itself is on the terminal
        if LINE.search(text):
            fail("a trace on the terminal", text)
        sleeper.kill()
        sleeper.wait()
    print(f"progress: {len(cases) + 1} ways")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames of Python: what thrtrace says of a creator is what the program says of itself at the call.

    python.py THRTRACE CASE

A case is a version (v3_11): each interpreter of it that is found, on PATH or where pyenv puts them, is asked.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_case, skip

THRTRACE = (sys.argv + [""])[1]

# Says of each birth who makes it, and its own stack, in the line in which the call is.
PROGRAM = r'''
import asyncio, concurrent.futures, json, sys, threading, traceback, _thread

def note(target):
    frames = [(f.filename, f.lineno, f.name) for f in reversed(traceback.extract_stack()[:-1])]
    print(json.dumps([threading.get_native_id(), frames, target]), file=told, flush=True)

told = open(sys.argv[1], "w")
name = "_start_joinable_thread" if hasattr(threading, "_start_joinable_thread") else "_start_new_thread"
real = getattr(threading, name)

def target_of(call):
    thread = call.__self__
    if type(thread).run is not threading.Thread.run:
        return type(thread).run.__code__.co_qualname
    return thread._target.__code__.co_qualname

def noted(call, *a, **k):
    return (note(target_of(call)), real(call, *a, **k))[1]

setattr(threading, name, noted)

def work():
    pass

def start():
    t = threading.Thread(target=work)
    t.start()
    t.join()

class Own(threading.Thread):
    def run(self):
        start()

class Maker:
    def make(self):
        return [start() for _ in range(20)]
    def __call__(self, x):
        start()
        return x

def deep(n):
    return deep(n - 1) if n else start()

def numbers():
    for i in range(20):
        start()
        yield i

def größe():
    start()

def many():
    for _ in range(60):
        start()

many()
Maker().make()
list(numbers())
sorted(range(10), key=Maker())
(lambda: start())()
deep(20)
größe()
t = Own()
t.start()
t.join()
exec(compile("def generated():\n\n  start()\ngenerated()", "<made>", "exec"))
for k in range(10):
    exec(compile("\n" * k + f"def made_{k}(): start()\nmade_{k}()", "<made>", "exec"))
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda _: start(), range(10)))

async def main():
    for _ in range(5):
        await asyncio.to_thread(many if _ == 0 else start)

asyncio.run(main())
'''


def interpreters(version):
    found = [shutil.which(f"python{version}"), f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"]
    found += glob.glob(os.path.expanduser(f"~/.pyenv/versions/{version}*/bin/python{version}"))
    # A shim of pyenv is a script.
    return {os.path.realpath(p) for p in found if p and os.path.exists(p) and open(p, "rb").read(4) == b"\x7fELF"}


def births(trace):
    for line in open(trace):
        event = json.loads(line)
        if event["event"] == "birth" and event.get("parent_tid") and event["start_routine"]:
            yield event


def plain(text):
    """Bytes that are no ASCII are told as \\xc3."""
    return text.encode().decode("unicode_escape").encode("latin-1").decode()


def told_by(event):
    """(creator, frames, target) as the program tells of itself."""
    frames = [(f["file"], f["line"], plain(f["symbol"]).rsplit(".", 1)[-1]) for f in event["creator"]
              if f["module"] == "[Python]"]
    return event["parent_tid"], frames, event["label"]


def compare(python, folder):
    program, told, trace = (os.path.join(folder, n) for n in ("prog.py", "told", "trace"))
    with open(program, "w") as f:
        f.write(PROGRAM)
    done = subprocess.run([THRTRACE, "--format=json", "-o", trace, python, program, told], capture_output=True,
                          timeout=100)
    if done.returncode:
        raise Failure(f"{python}: status {done.returncode}: {done.stderr.decode()[-500:]}")
    # Births of one thread come in the order of its calls; of two they may not.
    said = [(tid, [tuple(f) for f in frames], target) for tid, frames, target in map(json.loads, open(told))]
    seen = [told_by(e) for e in births(trace)]
    if len(said) < 200 or len(said) != len(seen):
        raise Failure(f"{python}: {len(said)} births by its own account, {len(seen)} seen")
    for tid in {s[0] for s in said}:
        for own, others in zip((s for s in said if s[0] == tid), (s for s in seen if s[0] == tid)):
            if own != others:
                raise Failure(f"{python}:\nof itself {own}\nthrtrace  {others}")
    return len(said)


def text(python, folder):
    program = os.path.join(folder, "t20.py")
    with open(program, "w") as f:
        f.write("import threading\ndef work(): pass\ndef start_pool():\n  t = threading.Thread(target=work)\n"
                "  t.start(); t.join()\n\nstart_pool()\n")
    page = subprocess.run([THRTRACE, python, program], capture_output=True, text=True, timeout=60).stderr
    for expected in (r"created by   T0 in start_pool at t20\.py:5  \(t20\.py:7 < start_pool at t20\.py:5 < ",
                     r"starts in    work at t20\.py:2, behind ", r"T0 start_pool:5 +work "):
        if not re.search(expected, page):
            raise Failure(f"{python}: no {expected!r} in\n{page}")


def replayed(python, folder):
    tape = os.path.join(folder, "tape")
    program = os.path.join(folder, "t20.py")
    live = subprocess.run([THRTRACE, "--record", tape, "--format=json", python, program], capture_output=True, text=True,
                          timeout=60)
    again = subprocess.run([THRTRACE, "--replay", tape, "--format=json"], capture_output=True, text=True, timeout=60)

    def creators(out):
        return [(json.loads(line).get("creator"), json.loads(line)["label"]) for line in out.splitlines()
                if '"event":"birth"' in line.replace(" ", "")]
    said = creators(live.stderr + live.stdout)
    if len(said) < 2 or said != creators(again.stderr + again.stdout):
        raise Failure("the replay tells of other creators")


def of_version(version):
    found = interpreters(version)
    if not found:
        skip(f"no Python {version} is here")
    for python in found:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{python}: {compare(python, folder)} births")
            text(python, folder)
            replayed(python, folder)


def v3_11():
    of_version("3.11")


def v3_12():
    of_version("3.12")


def v3_13():
    of_version("3.13")


def v3_14():
    of_version("3.14")


CASES = [v3_11, v3_12, v3_13, v3_14]

if __name__ == "__main__":
    try:
        run_case(CASES, 2)
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)

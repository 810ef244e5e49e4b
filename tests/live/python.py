#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames of Python: what thrtrace says of a creator is what the program says of itself at the call.

    python.py THRTRACE CASE

A case is a version (v3_11): each interpreter of it that is found, on PATH or where pyenv puts them, is asked. Others
are of programs that have an interpreter in them, and of interpreters whose frames can't be told.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import SLOWER, Failure, run_case, skip

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
                          timeout=100 * SLOWER)
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
    page = subprocess.run([THRTRACE, python, program], capture_output=True, text=True, timeout=60 * SLOWER).stderr
    for expected in (r"created by   T0 in start_pool at t20\.py:5  \(t20\.py:7 < start_pool at t20\.py:5 < ",
                     r"starts in    work at t20\.py:2, behind ", r"T0 start_pool:5 +work "):
        if not re.search(expected, page):
            raise Failure(f"{python}: no {expected!r} in\n{page}")


def replayed(python, folder):
    tape = os.path.join(folder, "tape")
    program = os.path.join(folder, "t20.py")
    live = subprocess.run([THRTRACE, "--record", tape, "--format=json", python, program], capture_output=True,
                          text=True, timeout=60 * SLOWER)
    again = subprocess.run([THRTRACE, "--replay", tape, "--format=json"], capture_output=True, text=True, timeout=60 * SLOWER)

    def creators(out):
        return [(json.loads(line).get("creator"), json.loads(line)["label"]) for line in out.splitlines()
                if '"event":"birth"' in line.replace(" ", "")]
    said = creators(live.stderr + live.stdout)
    if len(said) < 2 or said != creators(again.stderr + again.stdout):
        raise Failure("the replay tells of other creators")


# One thread, three interpreters of which two are called by the first in turn.
WITHIN = """
import threading
try:
    import _interpreters as interpreters
    run, new = interpreters.exec, lambda: interpreters.create("isolated")
except ImportError:
    import _xxsubinterpreters as interpreters
    run, new = interpreters.run_string, lambda: interpreters.create(isolated=False)
def work(): pass
def start():
    t = threading.Thread(target=work)
    t.start(); t.join()
CODE = '''
import threading
def inner_work(): pass
def inner():
    t = threading.Thread(target=inner_work)
    t.start()
    t.join()
inner()
'''
def outer(which): run(which, CODE)
start()
first, second = new(), new()
outer(first)
outer(second)
outer(first)
start()
for i in first, second: interpreters.destroy(i)
"""


def made_by(folder, *argv):
    """[(target, frames of Python as NAME:LINE)] of the births that have any."""
    trace = os.path.join(folder, "made")
    done = subprocess.run([THRTRACE, "--format=json", "-o", trace, *argv], capture_output=True, timeout=100 * SLOWER,
                          stdin=subprocess.DEVNULL)
    said = [(e["label"], [f"{f['symbol']}:{f['line']}" for f in e["creator"] if f["module"] == "[Python]"])
            for e in births(trace)]
    said = [(target, frames) for target, frames in said if frames]
    if not said:
        raise Failure(f"{argv}: no frames of Python\n{done.stderr.decode()[-500:]}")
    return said


def interpreters_within(python, folder):
    program = os.path.join(folder, "within.py")
    with open(program, "w") as f:
        f.write(WITHIN)
    made = made_by(folder, python, program)
    said = [(target, [f for f in frames if not f.startswith("Thread.start:")]) for target, frames in made]
    want = [("work", ["start:12", "<module>:23"])]
    want += [("inner_work", ["inner:6", "<module>:8", "outer:22", f"<module>:{n}"]) for n in (25, 26, 27)]
    want += [("work", ["start:12", "<module>:28"])]
    if said != want:
        raise Failure(f"{python}: {said}\nnot {want}")


def of_version(version):
    found = interpreters(version)
    if not found:
        skip(f"no Python {version} is here")
    for python in found:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{python}: {compare(python, folder)} births")
            text(python, folder)
            replayed(python, folder)
            interpreters_within(python, folder)


def v3_11():
    of_version("3.11")


def v3_12():
    of_version("3.12")


def v3_13():
    of_version("3.13")


def v3_15():
    of_version("3.15")


def v3_14():
    of_version("3.14")


EMBEDS = r"""
#include <Python.h>
int main(void)
{
	Py_Initialize();
	PyRun_SimpleString("import threading\ndef work(): pass\ndef start():\n  t = threading.Thread(target=work)\n"
		"  t.start(); t.join()\nstart()\n");
	return Py_FinalizeEx();
}
"""
SCRIPT = """import threading
def work(): pass
def start():
  t = threading.Thread(target=work)
  t.start(); t.join()
start()
"""


def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True).stdout


def embedded():
    """A program that has Python in it, gdb and vim, those that are here."""
    with tempfile.TemporaryDirectory() as folder:
        script, source, own = (os.path.join(folder, n) for n in ("s.py", "e.c", "e"))
        for path, content in (script, SCRIPT), (source, EMBEDS):
            with open(path, "w") as f:
                f.write(content)
        programs = []
        config = shutil.which("python3-config", path="/usr/bin")
        if config and shutil.which("gcc"):
            flags = output(config, "--embed", "--cflags", "--ldflags").split()
            if subprocess.run(["gcc", "-w", "-o", own, source, *flags], capture_output=True).returncode == 0:
                programs.append([own])
        if shutil.which("gdb"):
            programs.append(["gdb", "-nx", "-batch", "-ex", f"source {script}"])
        if shutil.which("vim") and "+python3" in output("vim", "--version"):
            programs.append(["vim", "-es", "-u", "NONE", "-c", f"py3file {script}", "-c", "q"])
        if not programs:
            skip("neither python3-config, nor gdb, nor a vim with Python is here")
        for argv in programs:
            target, frames = made_by(folder, *argv)[-1]
            frames = [f for f in frames if not f.startswith("Thread.start:")]
            if target != "work" or frames[:2] != ["start:5", frames[1]] or not frames[1].startswith("<module>:"):
                raise Failure(f"{argv}: {target}, {frames}")
            print(f"{argv[0]}: {target} by {frames}")


# A program whose runtime describes itself as 3.14's, built without its lock, or as one that is not known yet.
DESCRIBES = r"""
#include <pthread.h>
#include <string.h>
unsigned long long _PyRuntime[512], Py_Version;
static void *work(void *arg) { return arg; }
__attribute__((noinline)) int _PyEval_EvalFrameDefault(void)
{
	pthread_t t;
	return pthread_create(&t, NULL, work, NULL) || pthread_join(t, NULL);
}
int main(int argc, char **argv)
{
	memcpy(_PyRuntime, "xdebugpy", 8);
	_PyRuntime[1] = Py_Version = argc > 1 ? 0x03640000 : 0x030e00f0;
	_PyRuntime[2] = argc == 1;
	(void)argv;
	return _PyEval_EvalFrameDefault() + argc - argc;
}
"""


def why_not():
    """Of what can't be told it is said why: of a Python that is too old, too new, or built without its lock."""
    with tempfile.TemporaryDirectory() as folder:
        source, program, script = (os.path.join(folder, n) for n in ("p.c", "p", "s.py"))
        for path, content in (source, DESCRIBES), (script, SCRIPT):
            with open(path, "w") as f:
                f.write(content)
        cases = [([old, script], "[Python before 3.11: its functions can't be told]") for old in interpreters("3.10")]
        if shutil.which("gcc"):
            subprocess.run(["gcc", "-w", "-O0", "-rdynamic", "-pthread", "-o", program, source], check=True)
            cases += [([program], "[Python 3.14 without its lock: its functions can't be told]"),
                      ([program, "new"], "[Python 3.100: its functions can't be told]")]
        if not cases:
            skip("neither Python 3.10 nor gcc is here")
        for argv, words in cases:
            page = subprocess.run([THRTRACE, *argv], capture_output=True, text=True, timeout=60 * SLOWER).stderr
            if f" < {words} < pthread_create < " not in page:
                raise Failure(f"{argv}: no {words!r} in\n{page}")


CASES = [v3_11, v3_12, v3_13, v3_14, v3_15, embedded, why_not]

if __name__ == "__main__":
    try:
        run_case(CASES, 2)
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)

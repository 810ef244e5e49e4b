#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""watch.py THRTRACE TRACEES CASE: --watch in tmux, driven by keys; and without a terminal."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

from harness import Failure, run_case, skip, wait_until

THRTRACE, TRACEES = (sys.argv + ["", ""])[1:3]


class Terminal:
    """A shell in a tmux server of its own."""

    def __init__(self, columns=100, rows=24):
        if not shutil.which("tmux"):
            skip("tmux is not installed")
        self.socket = f"thrtrace-test-{os.getpid()}"
        env = dict(os.environ, PS1="$ ", TERM="screen")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", env=env)

    def tmux(self, *args, env=None):
        return subprocess.run(["tmux", "-L", self.socket, *args], capture_output=True, text=True, check=False, env=env).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def text(self):
        return self.tmux("capture-pane", "-p")

    def until(self, what, pattern):
        wait_until(f"{what} ({pattern}), but there is:\n{self.text()}", lambda: re.search(pattern, self.text(), re.M), 20)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))


class Program:
    def __init__(self, what):
        self.p = subprocess.Popen([f"{TRACEES}/waiting", what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.p.pid
        self.p.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.p.kill()
        self.p.wait()


def start(t, pid, *options):
    t.keys(f"{THRTRACE} --watch {pid} --interval=300ms {' '.join(options)}; echo status $?", "Enter")
    t.until("the page", rf"^{pid} waiting: 10 threads")


def keys_change_the_page():
    with Program("places") as p, Terminal() as t:
        start(t, p.pid)
        t.until("a table", r"COUNT +NAME")
        t.until("keys", r"by name and place, sorted by cpu")
        t.keys("s")
        t.until("sorted by the next", r"sorted by queue")
        t.keys("g")
        t.until("grouped by name", r"by name, ")
        t.keys("/", "join", "Enter")
        t.until("filtered", r"name has join")
        t.until("one row", r"^ +1 +join ")
        if re.search(r"^ +1 +epoll_wait", t.text(), re.M):
            raise Failure(f"the filter leaves too much:\n{t.text()}")
        t.keys("Enter")
        t.until("opened", r"^ *TID +NAME")
        t.keys("Enter")
        t.until("a thread's page", r"^  WAITS IN +join of \d+ sleep")
        t.keys("BSpace")
        t.until("back at the threads", r"^ *TID +NAME")
        t.keys("BSpace")
        t.until("back at the groups", r"COUNT +NAME")
        t.keys("Space")
        t.until("frozen", r"FROZEN")
        t.keys("Space")
        t.until("on again", r"^by name")
        t.keys("q")
        t.until("the end", r"^status 0$")


def sizes_are_followed():
    with Program("places") as p, Terminal() as t:
        start(t, p.pid)
        for columns, rows in ((80, 24), (50, 12), (200, 50), (30, 5), (100, 24)):
            t.resize(columns, rows)
            t.until("still there", rf"^{p.pid} waiting: 10")
            if any(len(line) > columns for line in t.text().splitlines()):
                raise Failure(f"too wide for {columns}:\n{t.text()}")
        t.until("the table again", r"COUNT +NAME")
        t.keys("q")
        t.until("the end", r"^status 0$")


def the_end_of_the_process_is_told():
    with Program("places") as p, Terminal() as t:
        start(t, p.pid)
        p.end()
        t.until("told", rf"process {p.pid} has ended")
        t.keys("q")
        t.until("the end", r"^status 0$")
        t.keys("stty -a | grep -o ' icanon' ; echo ok", "Enter")
        t.until("the terminal as it was", r"^ icanon\nok")


def the_shell_can_have_the_terminal():
    with Program("places") as p, Terminal() as t:
        t.keys("bash --norc", "Enter")
        start(t, p.pid)
        t.keys("C-z")
        t.until("stopped", r"Stopped")
        t.keys("fg", "Enter")
        t.until("back", r"by name and place")
        t.keys("C-c")
        t.until("the shell again", r"^\S*[#$] *$\n*\Z")
        t.keys("echo was $?", "Enter")
        t.until("the end", r"^was 0$")


def without_a_terminal_there_are_blocks():
    with Program("places") as p:
        w = subprocess.Popen([THRTRACE, "--watch", str(p.pid), "--interval=200ms"], stdout=subprocess.PIPE, text=True)
        seen = 0
        for line in w.stdout:
            seen += line.startswith(f"{p.pid} waiting: 10 threads")
            if seen == 3:
                break
        w.send_signal(signal.SIGINT)
        w.stdout.read()
        if w.wait() != 0:
            raise Failure(f"status {w.returncode}")
        w = subprocess.Popen([THRTRACE, "--watch", str(p.pid), "--interval=200ms", "--format=json"], stdout=subprocess.PIPE, text=True)
        heads = 0
        for line in w.stdout:
            heads += json.loads(line)["event"] == "census"
            if heads == 2:
                break
        p.end()
        for line in w.stdout:
            json.loads(line)
        if w.wait() != 0:
            raise Failure(f"status {w.returncode} when the process has ended")
        w = subprocess.run([THRTRACE, "--watch", str(p.pid)], capture_output=True, text=True, check=False)
        if w.returncode != 125 or "No such process" not in w.stderr:
            raise Failure(f"{w}")


def a_reader_that_goes_ends_it():
    with Program("places") as p:
        r = subprocess.run(f"{THRTRACE} --watch {p.pid} --interval=100ms | head -n 1", shell=True, capture_output=True, text=True,
                           check=True, timeout=30)
        if "10 threads" not in r.stdout:
            raise Failure(r.stdout)


def in_call(pid):
    with open(f"/proc/{pid}/syscall", encoding="ascii") as f:
        return f.read()[0].isdigit()


def what_others_change_of_a_resting_thread_is_seen():
    """The affinity is taken from it and its niceness raised while it sleeps: seen at each tenth look, at the latest."""
    cpus = os.sched_getaffinity(0)
    if len(cpus) < 2:
        skip("one CPU: there is no other affinity")
    sleeper = [sys.executable, "-c", "print('ready', flush=True); import sys; sys.stdin.read()"]
    with subprocess.Popen(sleeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        p.stdout.readline()
        wait_until("it sleeps", lambda: in_call(p.pid))
        w = subprocess.Popen([THRTRACE, "--watch", str(p.pid), "--all", "--interval=100ms", "--format=json"],
                             stdout=subprocess.PIPE, text=True)
        rows = (r for r in map(json.loads, w.stdout) if r["event"] == "census_thread")
        before = next(rows)["affinity"]
        os.sched_setaffinity(p.pid, {min(cpus)})
        os.setpriority(os.PRIO_PROCESS, p.pid, 7)
        seen = [next(rows) for _ in range(21)][-1]
        p.stdin.close()
        p.wait()
        w.stdout.read()
        w.wait()
        if before == str(min(cpus)) or seen["affinity"] != str(min(cpus)) or seen["nice"] != [7, 7]:
            raise Failure(f"affinity {before}, then {seen}")


CASES = [keys_change_the_page, sizes_are_followed, the_end_of_the_process_is_told, the_shell_can_have_the_terminal,
         without_a_terminal_there_are_blocks, a_reader_that_goes_ends_it,
         what_others_change_of_a_resting_thread_is_seen]


if __name__ == "__main__":
    run_case(CASES, 3)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""snapshot.py THRTRACE TRACEES CASE: --snapshot of programs that wait, held against /proc and ps."""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

from harness import Failure, run_case, skip, wait_until

THRTRACE, TRACEES = (sys.argv + ["", ""])[1:3]


def read(pid, tid, name):
    with open(f"/proc/{pid}/task/{tid}/{name}", encoding="utf-8", errors="replace") as f:
        return f.read()


def threads_of(pid):
    return sorted(int(t) for t in os.listdir(f"/proc/{pid}/task"))


class Program:
    """A program that prints "ready" and lives until its input ends."""

    def __init__(self, *command):
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.p.pid
        if "ready" not in self.p.stdout.readline():
            raise Failure(f"{command} is not ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.kill()
        self.p.wait()

    def threads(self):
        return threads_of(self.pid)

    def read(self, tid, name):
        return read(self.pid, tid, name)

    def settled(self):
        """All but the first thread sleep in a call."""
        def asleep():
            return all(re.match(r"\d", self.read(t, "syscall")) and " S " in self.read(t, "stat") for t in self.threads())
        wait_until("all threads sleep", asleep)


def waiting(what):
    return Program(f"{TRACEES}/waiting", what)


def snapshot(*args, status=0):
    r = subprocess.run([THRTRACE, "--snapshot", *map(str, args)], capture_output=True, text=True, check=False)
    if r.returncode != status:
        raise Failure(f"{args}: status {r.returncode}, not {status}: {r.stderr}")
    return r.stdout


def lines(*args):
    return [json.loads(line) for line in snapshot("--format=json", *args).splitlines()]


def expect(what, got, want):
    if got != want:
        raise Failure(f"{what}: {got}, not {want}")


def status_field(text, name):
    return re.search(rf"^{name}:\s*(.*)$", text, re.M).group(1)


def compare_columns(pid):
    """Every column of each thread that has not run meanwhile: those rows."""
    before = {t: read(pid, t, "schedstat") for t in threads_of(pid)}
    rows = {r["tid"]: r for r in lines(pid, "--all", "--top=0") if r["event"] == "census_thread"}
    rested = []
    for tid, row in rows.items():
        stat = read(pid, tid, "stat").rsplit(")", 1)[1].split()
        status = read(pid, tid, "status")
        call = read(pid, tid, "syscall").split()[0]
        name = read(pid, tid, "comm").rstrip("\n")
        if read(pid, tid, "schedstat") != before.get(tid) or not call.lstrip("-").isdigit():
            continue
        rested.append(row)
        want = {
            "name": name, "state": {stat[0]: 1}, "nice": [int(stat[16])] * 2, "last_cpu": [int(stat[36])] * 2,
            "priority": [int(stat[37])] * 2, "policy": "SCHED_OTHER", "affinity": status_field(status, "Cpus_allowed_list"),
            "time": int(before[tid].split()[0]), "voluntary_switches": int(status_field(status, "voluntary_ctxt_switches")),
            "involuntary_switches": int(status_field(status, "nonvoluntary_ctxt_switches")), "call": int(call),
            "cpu": 0, "queue": 0, "voluntary": 0, "involuntary": 0}
        for column, value in want.items():
            expect(f"{tid} {name}, {column}", row[column], value)
    return rested


def columns_are_those_of_proc():
    with waiting("places") as p:
        p.settled()
        rows = compare_columns(p.pid)
        expect("tids", sorted(r["tid"] for r in rows), p.threads())
        for row in rows:
            if row["tid"] != p.pid:
                expect("stack", row["stack"], 256 << 10)
                if not 0 < row["touched"] <= 64 << 10:
                    raise Failure(f"touched: {row['touched']}")


def columns_of_a_runtime(command, threads):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        try:
            p.stdout.readline()
            rows = compare_columns(p.pid)
            if len(rows) < threads:
                raise Failure(f"{len(rows)} of its threads were at rest, fewer than {threads}")
        finally:
            p.stdin.close()


def columns_of_python():
    columns_of_a_runtime([sys.executable, "-c", """
import sys, threading
for i in range(50):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""], 40)


def columns_of_node():
    node = shutil.which("node")
    if not node:
        skip("node is not installed")
    columns_of_a_runtime([node, "-e", "process.stdin.resume(); setTimeout(() => console.log('ready'), 500)"], 5)


def sums_are_those_of_ps():
    with waiting("places") as p:
        p.settled()
        ps = subprocess.run(["ps", "-L", "-o", "tid=,ni=,cls=,stat=,comm=", "-p", str(p.pid)], capture_output=True, text=True,
                            check=True).stdout.splitlines()
        for by in ("name", "wait", "both", "state", "policy"):
            out = lines(p.pid, f"--by={by}")
            head, groups = out[0], [r for r in out if r["event"] == "census_group"]
            expect(f"threads by {by}", sum(g["count"] for g in groups), len(ps))
            expect("threads", head["threads"], len(ps))
            expect("states", head["states"], {"S": len(ps)})
            expect("stacks", head["stack"], sum(g["stack"] for g in groups))
            expect("touched", head["touched"], sum(g["touched"] for g in groups))
        table = list(csv.DictReader(io.StringIO(snapshot(p.pid, "--format=csv", "--columns=name,count,time"))))
        expect("names in CSV", sorted(r["name"] for r in table), sorted(line.split()[4] for line in ps))
        expect("CPU time in CSV", sum(int(r["time"]) for r in table),
               sum(int(p.read(t, "schedstat").split()[0]) for t in p.threads()))


PLACES = {"mutex": "mutex held by {0} waiting", "rwlock": "rwlock held by {0} waiting", "semaphore": "semaphore",
          "epoll_wait": "epoll_wait", "pipe": "read of a pipe", "socket": "receive of a socket", "condition": "condition variable",
          "join": "join of {1} sleep", "sleep": "sleeps: clock_nanosleep", "waiting": "read of a pipe"}


def places_are_named():
    with waiting("places") as p:
        p.settled()
        rows = {r["name"]: r for r in lines(p.pid, "--all") if r["event"] == "census_thread"}
        sleeper = rows["sleep"]["tid"]
        expect("places", {name: r["wait"] for name, r in rows.items()},
               {name: place.format(p.pid, sleeper) for name, place in PLACES.items()})
        verdicts = [r["id"] for r in lines(p.pid) if r["event"] == "census_verdict"]
        expect("verdicts of a calm program", verdicts, [])


def a_deadlock_is_named():
    with waiting("deadlock") as p:
        p.settled()
        verdicts = [r["text"] for r in lines(p.pid) if r["event"] == "census_verdict"]
        left, right = (next(t for t in p.threads() if p.read(t, "comm") == f"{name}\n") for name in ("left", "right"))
        locks = {t: p.read(t, "syscall").split()[1] for t in (left, right)}
        expect("verdicts", verdicts, [
            f'deadlock: {left} "left" waits for the mutex at {locks[left]} held by {right} "right", which waits for the mutex at '
            f'{locks[right]} held by {left}'])


def a_crowd_is_weighed():
    with waiting("crowd") as p:
        time.sleep(1)  # each has had a turn: the kernel counts a wait at its end
        out = lines(p.pid, "--interval=2s")
        verdicts = {r["id"]: r["text"] for r in out if r["event"] == "census_verdict"}
        wanted = float(re.search(r"crowded: ([\d.]+) threads", verdicts.get("crowded", "crowded: 0 threads")).group(1))
        if not 120 < wanted < 280:
            raise Failure(f"{wanted} threads want to run, of 200 that spin: {verdicts}")
        group = next(r for r in out if r["event"] == "census_group" and r["name"] == "spin-{N}")
        expect("in one group", group["count"], 200)
        if not 5 < group["cpu"] <= 100.5 * os.cpu_count():
            raise Failure(f"{group['cpu']} % of CPUs")


PYTHON = """
import sys, threading
def spin():
    while True: pass
for _ in range(4): threading.Thread(target=spin, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


def the_gil_is_no_mutex():
    """There is a mutex in it, which is held for a moment: what nearly all wait for is the lock itself."""
    called, waiters = Counter(), Counter()
    with Program(sys.executable, "-c", PYTHON) as p:
        for _ in range(5):
            out = lines(p.pid, "--all")
            called.update((r["lock"]["at"], r["lock"]["kind"]) for r in out if r["event"] == "census_thread" and r["lock"])
            waiters.update(r["lock"]["at"] for r in out if r["event"] == "census_thread" and r["lock"])
            gil = {kind for at, kind in called if at in dict(waiters.most_common(1))}
            if gil & {"mutex", "pi", "rwlock_written"}:
                raise Failure(f"the GIL is called {gil}, of {called}")
            if any(r["id"] in ("deadlock", "one-owner") for r in out if r["event"] == "census_verdict"):
                raise Failure(f"{out}")


MONITORS = """
public class Monitors {
    static void both(Object a, Object b, java.util.concurrent.CountDownLatch l) {
        synchronized (a) {
            l.countDown();
            try { l.await(); } catch (InterruptedException e) { }
            synchronized (b) { }
        }
    }
    public static void main(String[] args) throws Exception {
        Object a = new Object(), b = new Object();
        var l = new java.util.concurrent.CountDownLatch(2);
        new Thread(() -> both(a, b, l), "left").start();
        new Thread(() -> both(b, a, l), "right").start();
        l.await();
        System.out.println("ready");
        System.in.read();
        System.exit(0);
    }
}
"""


def monitors_are_no_mutexes():
    java = shutil.which("java")
    if not java or not shutil.which("javac"):
        skip("no Java")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "Monitors.java")
        with open(path, "w", encoding="utf-8") as f:
            f.write(MONITORS)
        with Program(java, "-Xmx64m", path) as p:
            out = lines(p.pid, "--all", "--interval=500ms")
            if any(r["id"] == "deadlock" for r in out if r["event"] == "census_verdict"):
                raise Failure(f"a deadlock of monitors is not seen in words: {out}")
            for r in out:
                if r["event"] == "census_thread" and r["name"] in ("left", "right") and r["wait"].startswith("mutex"):
                    raise Failure(f"a monitor is called a mutex: {r}")


def what_is_shared_is_what_the_kernel_says():
    def shared(*tids, status=0):
        r = subprocess.run([THRTRACE, "--shared", "--format=json", *map(str, tids)], capture_output=True, text=True, check=False)
        expect(f"status of {tids}", r.returncode, status)
        return json.loads(r.stdout) if status == 0 else r.stderr

    with waiting("places") as p:
        threads = shared(*p.threads()[:2])
        expect("of threads", {threads[k] for k in ("VM", "FILES", "FS", "SIGHAND", "pid_ns", "mnt_ns")}, {True})
        expect("pids", threads["pids"], [p.pid, p.pid])
        processes = shared(p.pid, os.getpid())
        expect("of processes", {processes[k] for k in ("VM", "FILES", "FS", "SIGHAND")}, {False})
        expect("namespaces of processes", {processes[k] for k in ("pid_ns", "mnt_ns")}, {True})
        gone = subprocess.Popen(["true"])
        gone.wait()
        if f"no task {gone.pid}" not in shared(p.pid, gone.pid, status=125):
            raise Failure("who is gone is not named")
        shared(p.pid, status=125)


def one_thread_has_a_page():
    def page(tid, *args, status=0):
        r = subprocess.run([THRTRACE, f"--explain-thread={tid}", *args], capture_output=True, text=True, check=False)
        expect(f"status of {tid}", r.returncode, status)
        return r.stdout or r.stderr

    with waiting("places") as p:
        p.settled()
        named = {p.read(t, "comm").strip(): t for t in p.threads()}
        of = {name: json.loads(page(t, "--format=json")) for name, t in named.items()}
        for name, t in named.items():
            status = dict(line.split(":\t", 1) for line in p.read(t, "status").splitlines() if ":\t" in line)
            one = of[name]
            expect("who", (one["event"], one["tid"], one["pid"], one["name"]), ("thread_page", t, p.pid, name))
            expect("switches", one["voluntary_switches"], int(status["voluntary_ctxt_switches"]))
            expect("blocked", len(one["signals"]["blocked"]), bin(int(status["SigBlk"], 16)).count("1"))
            expect("caught", len(one["signals"]["caught"]), bin(int(status["SigCgt"], 16)).count("1"))
            expect("namespace", one["namespaces"]["pid_ns"], os.stat(f"/proc/{p.pid}/task/{t}/ns/pid").st_ino)
            expect("no frames", one["frames"], None)
        mutex = of["mutex"]
        expect("the lock", (mutex["lock"]["kind"], mutex["lock"]["owner"]), ("mutex", p.pid))
        low, high = int(mutex["stack_low"], 16), int(mutex["stack_high"], 16)
        mapping = next(line for line in p.read(p.pid, "maps").splitlines()
                       if int(line.split("-")[0], 16) <= low < int(line.split("-")[1].split()[0], 16))
        expect("the stack is a mapping of its own", low, int(mapping.split("-")[0], 16))
        if not low < int(mutex["tls"], 16) < high:
            raise Failure(f"TLS beside the stack: {mutex}")
        text = page(named["mutex"], "--stacks")
        if f", of {p.pid} \"waiting\", which waits in " not in text or "pthread_mutex_lock" not in text:
            raise Failure(text)
    page("x", status=125)
    if f"no thread {p.pid}" not in page(p.pid, status=125):
        raise Failure("who is gone is not named")


def samples_are_averages():
    with waiting("places") as p:
        p.settled()
        rows = lines(p.pid, "--sample=500ms", "--by=name")
        expect("names", {r["name"] for r in rows}, set(PLACES))
        expect("threads", sum(r["all"] for r in rows), 10)
        expect("active", sum(r["active"] for r in rows), 0)
        if rows[0]["looks"] < 2:
            raise Failure(f"{rows[0]}")
        snapshot(p.pid, "--sample=500ms", "--all", status=125)
    with waiting("crowd") as p:
        row = lines(p.pid, "--sample=1s", "--by=name")[0]
        if row["name"] != "spin-{N}" or row["active"] < 199:
            raise Failure(f"{row}")


def who_is_not_there_is_told():
    with waiting("places") as p:
        gone = subprocess.Popen(["true"])
        gone.wait()
        out = snapshot(p.pid, gone.pid, status=1)
        if f"{p.pid} waiting: 10 threads" not in out:
            raise Failure(out)
        snapshot("no-such-name-anywhere", status=125)
        snapshot(status=125)
        snapshot(p.pid, "--sort=nonsense", status=125)
        snapshot(p.pid, "--format=chrome", status=125)


def frames_of(out):
    """tid: (its functions, why they end)"""
    return {t: ([f["symbol"] for f in r["frames"]], r["stopped"]) for r in out if r["event"] == "census_stack" for t in r["tids"]}


def stacks_are_told():
    with waiting("deadlock") as p:
        p.settled()
        out = lines("--stacks", p.pid)
        seen = frames_of(out)
        expect("threads that have a stack", sorted(seen), p.threads())
        groups = [r for r in out if r["event"] == "census_stack"]
        crossed = [t for t in p.threads() if p.read(t, "comm") in ("left\n", "right\n")]
        for tid in crossed:
            if not any("mutex_lock" in (name or "") for name in seen[tid][0]) or seen[tid][1]:
                raise Failure(f"{tid} is not seen to lock a mutex: {seen[tid]}")
        expect("groups", sum(g["n"] for g in groups), len(p.threads()))
        if "main at waiting.c" not in snapshot("--stacks", p.pid):
            raise Failure("main has no line")
        wait_until("nobody is traced any more", lambda: all(status_field(p.read(t, "status"), "TracerPid") == "0" for t in p.threads()))
        p.settled()


def stacks_of_a_stopped_process():
    with waiting("deadlock") as p:
        p.settled()
        os.kill(p.pid, signal.SIGSTOP)
        wait_until("it is stopped", lambda: all(" T " in p.read(t, "stat") for t in p.threads()))
        seen = frames_of(lines("--stacks", p.pid))
        if any(not names for names, _ in seen.values()):
            raise Failure(f"a stopped thread has no stack: {seen}")
        wait_until("it is stopped still", lambda: all(" T " in p.read(t, "stat") for t in p.threads()))
        os.kill(p.pid, signal.SIGCONT)
        p.settled()


def stacks_that_cannot_be_had():
    snapshot("--stacks", "--format=csv", str(os.getpid()), status=125)
    snapshot("--stacks", "--sample=1s", str(os.getpid()), status=125)
    with waiting("deadlock") as p:
        p.settled()
        tracer = subprocess.Popen([THRTRACE, "--format=json", "-o", "/dev/null", "-p", str(p.pid)])
        try:
            wait_until("another traces it", lambda: all(
                status_field(p.read(t, "status"), "TracerPid") == str(tracer.pid) for t in p.threads()))
            for names, why in frames_of(lines("--stacks", p.pid)).values():
                expect("frames of a thread that is traced", (names, "TracerPid" in (why or "")), ([], True))
        finally:
            tracer.terminate()
            tracer.wait()


NAPPER = """
import ctypes, sys, threading, time
prctl = ctypes.CDLL(None).prctl
def nap(n):
    prctl(15, b"nap-%d" % n, 0, 0, 0)
    print(n, time.monotonic_ns(), flush=True)
    time.sleep(3600)
for n in range(4):
    threading.Thread(target=nap, args=(n,), daemon=True).start()
    time.sleep(0.3)
sys.stdin.read()
"""


def so_long_they_have_slept():
    """Never longer than they can have; a clock that leaves out what a hypervisor takes may say less."""
    with subprocess.Popen([sys.executable, "-c", NAPPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        try:
            began = dict(map(int, p.stdout.readline().split()) for _ in range(4))
            time.sleep(0.7)  # what is measured
            before = time.monotonic_ns()
            rows = [r for r in lines("--all", "--interval=50ms", p.pid) if r["event"] == "census_thread"]
            after = time.monotonic_ns()
            naps = {r["name"]: r for r in rows if r["name"].startswith("nap-")}
            expect("those who sleep", sorted(naps), [f"nap-{n}" for n in range(4)])
            if not os.path.exists(f"/proc/{p.pid}/sched"):
                expect("without sched", [r["asleep"] for r in rows], [None] * len(rows))
                return
            for n, began_ns in began.items():
                asleep = naps[f"nap-{n}"]["asleep"]
                if not asleep or not (before - began_ns) / 2 <= asleep[0] == asleep[1] <= after - began_ns + 1000000:
                    raise Failure(f"nap-{n} has slept {asleep}, not from {before - began_ns} to {after - began_ns}")
            page = subprocess.run([THRTRACE, "--explain-thread", str(naps["nap-0"]["tid"])], capture_output=True, text=True,
                                  check=True).stdout
            if not re.search(r"waits in .*, for at least \d+\.\d s$", page, re.M):
                raise Failure(f"no word of its sleep: {page}")
        finally:
            p.stdin.close()


def what_they_run_is_told():
    with waiting("places") as p:
        p.settled()
        rows = [r for r in lines("--all", p.pid) if r["event"] == "census_thread"]
        starts = {r["start"] for r in rows if r["tid"] != p.pid}
        if len(starts) != 1 or not re.fullmatch(r"place at waiting\.c:\d+", starts.copy().pop() or ""):
            raise Failure(f"they run place(): {starts}")
        expect("of the first thread", [r["start"] for r in rows if r["tid"] == p.pid], [None])
        groups = [r for r in lines("--by=start", p.pid) if r["event"] == "census_group"]
        expect("groups", sorted(g["count"] for g in groups), [1, len(rows) - 1])
        if "starts in    place at waiting.c:" not in subprocess.run(
                [THRTRACE, "--explain-thread", str(rows[1]["tid"])], capture_output=True, text=True, check=True).stdout:
            raise Failure("its page does not say what it runs")


def roles_are_told_by_what_they_run():
    node = shutil.which("node")
    if not node:
        skip("node is not installed")
    with subprocess.Popen([node, "-e", "process.stdin.resume(); setTimeout(() => console.log('ready'), 300)"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        try:
            p.stdout.readline()
            roles = {r["role"]: r for r in lines("--by=role", p.pid) if r["event"] == "census_group"}
            if "V8 worker (Node.js)" not in roles or "start" not in roles["V8 worker (Node.js)"]:
                raise Failure(f"no V8 worker: {roles}")
        finally:
            p.stdin.close()


def a_screen_has_24_lines():
    with waiting("crowd") as p:
        out = snapshot(p.pid, "--all", "--interval=100ms").splitlines()
        if not 20 <= len(out) <= 23:
            raise Failure(f"{len(out)} lines")
        if not re.match(r" *-? *\(several\)|.*\(several\)", next(line for line in out if "(several)" in line)):
            raise Failure("no row of the rest")
        expect("all of them", len(snapshot(p.pid, "--all", "--top=0", "--format=csv", "--interval=100ms").splitlines()), 202)


RESTING = """
import threading, sys, time
for _ in range(100):
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


def files_of_resting_threads_are_read_once():
    """18,000 threads are 18,000 reads of each file: accounts twice, for the rates, and all else once."""
    strace = shutil.which("strace") or skip("strace is not installed")
    with Program(sys.executable, "-c", RESTING) as p, tempfile.NamedTemporaryFile("r") as calls:
        p.settled()
        n = len(p.threads())
        subprocess.run([strace, "-o", calls.name, "-e", "trace=openat", THRTRACE, "--snapshot", str(p.pid)],
                       check=True, capture_output=True)
        read_of = re.findall(r'"\d+/(\w+)"', calls.read())
        for name, times in (("schedstat", 2), ("stat", 1), ("status", 1), ("syscall", 1)):
            got = read_of.count(name)
            if not n * times * 0.9 <= got <= n * times + 10:  # those that run are read again, or have no call
                raise Failure(f"{name} was opened {got} times for {n} threads")


CASES = [columns_are_those_of_proc, columns_of_python, columns_of_node, sums_are_those_of_ps, places_are_named, a_deadlock_is_named, a_crowd_is_weighed,
         the_gil_is_no_mutex, monitors_are_no_mutexes, samples_are_averages, one_thread_has_a_page, what_is_shared_is_what_the_kernel_says,
         what_they_run_is_told, roles_are_told_by_what_they_run, so_long_they_have_slept, who_is_not_there_is_told, a_screen_has_24_lines, stacks_are_told,
         stacks_of_a_stopped_process, stacks_that_cannot_be_had, files_of_resting_threads_are_read_once]

if __name__ == "__main__":
    run_case(CASES, 3)

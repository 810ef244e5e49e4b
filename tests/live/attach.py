#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""thrtrace -p: what runs already is traced, let go, and fares as if nothing had been.

    attach.py THRTRACE TRACEES CASE    one case; attach.py --list names them. TRACEES: where tests/tracees/ is built

THRTRACE_ATTACH_ROUNDS says how often the repeated cases attach and let go (a few times by default; 200 for a long look).
Every process that is traced here was started here.
"""
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
from pathlib import Path

from harness import (SKIP, SLOWER, Failure, Trace, check_leftovers, descendants, end_leftovers, in_own_folder, skip, status_of,
                     wait_until)

ROUNDS = int(os.environ.get("THRTRACE_ATTACH_ROUNDS", "8"))
NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
NO_LEAK_CHECK = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            skip(f"{tool} is missing")


def call(argv, timeout=60, **kw):
    return subprocess.run(argv, capture_output=True, text=True, timeout=timeout * SLOWER, check=False, **kw)


def cpu_ns(task):
    with open(f"/proc/{task}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0])


def waited_ns(task):
    """For a CPU."""
    with open(f"/proc/{task}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[1])


def age_s(task):
    with open(f"/proc/{task}/stat", encoding="utf-8", errors="replace") as f:
        begun = int(f.read().rpartition(")")[2].split()[19])
    with open("/proc/uptime", encoding="ascii") as f:
        return float(f.read().split()[0]) - begun / os.sysconf("SC_CLK_TCK")


# ---- the programs that are traced ----

class Target:
    """A program that says "ready", and what it says then."""

    def __init__(self, argv, ready="ready", **kw):
        self.out = tempfile.TemporaryFile()
        self.argv = argv
        self.p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=self.out, stderr=subprocess.STDOUT,
                                  process_group=0, **kw)
        self.pid = self.p.pid
        if ready:
            wait_until(f"{argv[0]} gets ready", lambda: ready in self.text() or self.p.poll() is not None)
            if self.p.poll() == SKIP:
                skip(self.text().strip().splitlines()[-1])
            if self.p.poll() is not None:
                raise Failure(f"{argv} ended with {self.p.returncode}: {self.text()}")

    def text(self):
        return os.pread(self.out.fileno(), 1 << 20, 0).decode(errors="replace")

    def tids(self):
        try:
            return [int(t) for t in os.listdir(f"/proc/{self.pid}/task")]
        except OSError:
            return []

    def ends(self, last, code=0, seconds=60):
        """It ends by itself, with this status and this last line."""
        try:
            self.p.stdin.close()
        except OSError:
            pass
        try:
            self.p.wait(seconds * SLOWER)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.argv} does not end; {self.states()}") from None
        lines = self.text().splitlines()
        if self.p.returncode != code or not lines or not re.fullmatch(last, lines[-1]):
            raise Failure(f"{self.argv} ends with {self.p.returncode}: {lines[-5:]}")

    def states(self):
        return {t: (s.get("State"), s.get("TracerPid")) for t in self.tids() if (s := status_of(f"{self.pid}/task/{t}"))}

    def check_free(self, stopped=False):
        """Nobody traces it, and no thread is left in a stop that is not its own."""
        for tid, (state, tracer) in self.states().items():
            if tracer != "0" or state is None or state[0] == "t" or (state[0] == "T") != stopped and state[0] not in "ZX":
                raise Failure(f"after the end of thrtrace {tid} is {state}, TracerPid {tracer}")


class Tracer:
    def __init__(self, thrtrace, *args, wrap=()):
        self.trace = tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl")
        self.err = tempfile.TemporaryFile()
        self.p = subprocess.Popen([*wrap, thrtrace, "--format=json", "-o", self.trace.name, *args], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=self.err, process_group=0)

    def said(self):
        return os.pread(self.err.fileno(), 1 << 16, 0).decode(errors="replace")

    def has(self, target):
        """Every thread is traced, by it. Those that have ended need not be, nor who is let go at its exit stop."""
        seen, tids = 0, target.tids()
        for tid in tids:
            status = status_of(f"{target.pid}/task/{tid}")
            if status.get("State", "X")[0] in "XZ" or "TracerPid" not in status:
                continue
            if status["TracerPid"] != str(self.p.pid) and not self.ends_soon(target, tid):
                return False
            seen += 1
        return seen > 0 or all(status_of(f"{target.pid}/task/{tid}").get("State", "X")[0] in "XZ" for tid in tids)

    def ends_soon(self, target, tid):
        until = time.monotonic() + 1
        while time.monotonic() < until:
            status = status_of(f"{target.pid}/task/{tid}")
            if status.get("State", "X")[0] in "XZ" or status.get("TracerPid") == str(self.p.pid):
                return True
            time.sleep(0.002)
        return False

    def attached(self, target):
        wait_until(f"thrtrace attaches ({self.said()})", lambda: self.has(target) or self.p.poll() is not None)
        if self.p.poll() is not None:
            raise Failure(f"thrtrace ended with {self.p.returncode}: {self.said()}")
        return self

    def tells(self, n, event):
        """Until the trace holds n of these events."""
        def there():
            with open(self.trace.name, "rb") as f:
                return f.read().count(b'"event":"%s"' % event.encode()) >= n or self.p.poll() is not None
        wait_until(f"{n} of '{event}' in the trace", there)
        return self

    def ends(self, sig=None, code=0):
        if sig:
            self.p.send_signal(sig)
        try:
            self.p.wait(20 * SLOWER)
        except subprocess.TimeoutExpired:
            self.p.kill()
            raise Failure(f"thrtrace does not end (signal {sig}); {self.said()}") from None
        if self.p.returncode != code:
            raise Failure(f"thrtrace ends with {self.p.returncode}, expected {code}: {self.said()}")
        return self

    def events(self):
        """What holds for every trace, of this one."""
        with open(self.trace.name, encoding="utf-8") as f:
            events = [json.loads(line) for line in f]
        if events and events[0]["event"] == "start" and "attached" not in events[0]:
            raise Failure(f"no word of what was attached to: {events[0]}")
        return Trace(events)


def cleaned(err):
    """Without what the leak checker says of a thread that has ended: letting go ends the first one."""
    return "".join(line for line in err.splitlines(True) if "was not suspended. False leaks" not in line).strip()


def refused(thrtrace, pid, words, *args, wrap=()):
    t = Tracer(thrtrace, "-p", str(pid), *args, wrap=wrap)
    t.ends(code=1)
    if words not in t.said() or len(t.said().splitlines()) != 1:
        raise Failure(f"expected one sentence with \"{words}\": {t.said()}")


# ---- again and again ----

def rounds(c, target, detach, n=ROUNDS):
    """Attach, look twice that nobody is missed, let go, and see that nobody is kept. The program may end meanwhile."""
    done = 0
    while done < n and target.p.poll() is None:
        t = Tracer(c.thrtrace, "-p", str(target.pid))
        try:
            t.attached(target)
            for _ in range(2):
                time.sleep(0.01)
                if not t.has(target):
                    raise Failure(f"round {done}: not all are traced: {target.states()}")
            detach(t)
            target.check_free()
        except Failure:
            if target.p.poll() is None:
                raise
            t.p.wait(20)
            break
        done += 1
    print(f"{done} rounds")
    if done < min(n, 3):
        raise Failure(f"the program ended after {done} rounds")


def by_signal(t):
    t.ends(signal.SIGINT)
    trace = t.events()
    if any(b["kind"] == "attached" and b["task"] not in trace.ends for b in trace.births.values()):
        raise Failure("a thread has no end in the trace")


def churn_c(c):
    target = Target([c.tracee("spawner"), str((3 + ROUNDS * 0.3) * SLOWER)])
    rounds(c, target, by_signal)
    target.ends(r"made \d+, wrong 0")


def churn_python(c):
    seconds = (3 + ROUNDS * 0.3) * SLOWER
    target = Target([os.path.realpath(sys.executable), "-c", f"""
import threading, time
made, right, until = 0, 0, time.monotonic() + {seconds}
def one(n, out): out.append(n)
print("ready", flush=True)
while time.monotonic() < until:
    out = []
    some = [threading.Thread(target=one, args=(n, out)) for n in range(8)]
    for t in some: t.start()
    for t in some: t.join()
    made += 8
    right += sorted(out) == list(range(8))
print("made", made, "wrong", made - 8 * right, flush=True)
"""])
    rounds(c, target, by_signal)
    target.ends(r"made \d+ wrong 0")


def build(argv, cwd):
    done = call(argv, 100, cwd=cwd, stdin=subprocess.DEVNULL)
    if done.returncode:
        skip(f"{argv[0]} can't build the program: {done.stderr[-300:]}")


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def churn_go(c):
    need("go")
    write(c.path("churn.go"), """package main
import ("fmt"; "os"; "runtime"; "strconv"; "sync"; "time")
func main() {
	s, _ := strconv.ParseFloat(os.Args[1], 64)
	until := time.Now().Add(time.Duration(s * 1e9))
	made, sum := 0, 0
	fmt.Println("ready")
	for time.Now().Before(until) {
		var w sync.WaitGroup
		var m sync.Mutex
		for i := 0; i < 8; i++ {
			w.Add(1)
			go func(n int) { // a locked goroutine that ends takes its thread with it
				runtime.LockOSThread()
				m.Lock()
				sum += n
				m.Unlock()
				w.Done()
			}(i)
		}
		w.Wait()
		made += 8
	}
	fmt.Println("made", made, "wrong", sum-made/8*28)
}
""")
    build(["go", "build", "-o", "churn", "churn.go"], c.cwd)
    target = Target([c.path("churn"), str((3 + ROUNDS * 0.3) * SLOWER)])
    rounds(c, target, by_signal)
    target.ends(r"made \d+ wrong 0")


def busy_java(c):
    need("java", "javac")
    write(c.path("Busy.java"), """
public class Busy {
    public static void main(String[] a) throws Exception {
        long until = System.nanoTime() + (long) (Double.parseDouble(a[0]) * 1e9);
        java.util.concurrent.atomic.AtomicLong bad = new java.util.concurrent.atomic.AtomicLong();
        Thread[] t = new Thread[50];
        for (int i = 0; i < 50; i++) {
            t[i] = new Thread(() -> {
                long n = 0;
                while (System.nanoTime() < until) {
                    for (int k = 0; k < 10000; k++) n += k;
                    if (n % 49995000L != 0) bad.incrementAndGet();
                    try { Thread.sleep(5); } catch (InterruptedException e) { bad.incrementAndGet(); }
                }
            }, "busy-" + i);
            t[i].start();
        }
        System.out.println("ready");
        for (Thread one : t) one.join();
        System.out.println("bad " + bad);
    }
}
""")
    build(["javac", "Busy.java"], c.cwd)
    target = Target(["java", "-cp", c.cwd, "Busy", str((5 + ROUNDS * 0.4) * SLOWER)])
    rounds(c, target, by_signal)
    target.ends(r"bad 0")


def sleepers(c):
    """A call that sleeps does not notice: neither that thrtrace comes nor that it goes."""
    target = Target([c.tracee("sleepers"), str((4 + ROUNDS * 0.15) * SLOWER)])
    rounds(c, target, lambda t: t.ends(signal.SIGTERM))
    target.ends("done")


def killed(c):
    """SIGKILL of thrtrace: the kernel lets go."""
    target = Target([c.tracee("spawner"), str((3 + ROUNDS * 0.3) * SLOWER)])

    def kill(t):
        t.p.kill()
        t.p.wait()
    rounds(c, target, kill)
    target.ends(r"made \d+, wrong 0")


def execs(c):
    """
    Threads come and go by execve while they are seized: nobody is missed or kept, and nothing hangs. Where execve waits
    for threads that are seized already, and seizing waits for execve, thrtrace has to give up, and says so.
    """
    gave_up = 0
    target = Target([c.tracee("exec_again"), f"{(100 + ROUNDS * 25) / SLOWER:.0f}"])
    for _ in range(ROUNDS * 2):
        if target.p.poll() is not None:
            break
        t = Tracer(c.thrtrace, "-p", str(target.pid), "--duration=40ms")
        if t.p.wait(20) == 1 and "is just replacing its program" in t.said():
            gave_up += 1
            continue
        t.ends()
        if cleaned(t.said()):
            raise Failure(t.said())
        t.events()
    if gave_up > ROUNDS:
        raise Failure(f"it gave up {gave_up} times")
    target.ends("done")


# ---- recorded ----

def recorded(c):
    """The replay of a record is the trace: of threads at rest and at work, let go by a signal or in time."""
    for program, args in (("accounts", []), ("spawner", ["6"])):
        for options in ([], ["--no-seccomp"], ["--format=json"], ["-f", "--creators=off"]):
            target = Target([c.tracee(program), *args])
            tape, direct, again = c.path("tape"), c.path("direct"), c.path("again")
            ran = call([c.thrtrace, f"--record={tape}", "-o", direct, "--duration=300ms", *options, "-p", str(target.pid)], 60)
            if ran.returncode or cleaned(ran.stderr):
                raise Failure(f"{program} {options}: {ran.returncode}: {ran.stderr}")
            target.check_free()
            target.p.kill()
            target.p.wait()
            view = [o for o in options if o.startswith("--format")]
            ran = call([c.thrtrace, f"--replay={tape}", "-o", again, *view], 60)
            with open(direct, encoding="utf-8") as one, open(again, encoding="utf-8") as other:
                first, second = one.read(), other.read()
            if ran.returncode or first != second or ("THERE" not in first and not view):
                raise Failure(f"{program} {options}: {ran.returncode}: {ran.stderr}\n{first[:3000]}\nreplayed:\n{second[:3000]}")


# ---- what is told ----

def window(c):
    """What each has used while it was watched, the busiest first; with and without ptrace."""
    target = Target([c.tracee("accounts")])
    busy = next(int(t) for t in target.tids() if open(f"/proc/{t}/comm", encoding="utf-8").read() == "busy\n")
    page = os.path.join(c.cwd, "window")
    for how in ((), ("--observe",)):
        before = cpu_ns(f"{target.pid}/task/{busy}")
        done = call([c.thrtrace, *how, "-p", str(target.pid), "--duration=1s", "--format=json", f"--format=text:{page}"], 60)
        most = cpu_ns(f"{target.pid}/task/{busy}") - before
        if "perf_event_open" in done.stderr:
            continue
        events = [json.loads(line) for line in done.stdout.splitlines()]
        ends = {e["tid"]: e for e in events if e["event"] == "end"}
        used = ends[busy]["window"]
        if not 0 < used["cpu_ns"] <= min(most, used["ns"] * 1.1) or not used["ns"] >= 0.2e9:
            raise Failure(f"{how}: {used}, truly at most {most}")
        born = next(e for e in events if e["event"] == "birth" and e["tid"] == busy)
        if ends[busy]["cpu_ns"] - born["cpu_ns"] != used["cpu_ns"]:
            raise Failure(f"{how}: from {born['cpu_ns']} to {ends[busy]['cpu_ns']} are {used}")
        with open(page, encoding="utf-8") as f:
            text = f.read()
        told = re.search(r"^WATCHED for .*\n  T +TID .*\n  T\d+ +(\d+) +busy ", text, re.M)
        if not told or int(told[1]) != busy:
            raise Failure(f"{how}: no such row: {text}")
    target.check_free()



def accounts(c):
    """Held against what the threads say of themselves."""
    target = Target([c.tracee("accounts")])
    wait_until("every thread is 0.2 s old", lambda: min(age_s(f"{target.pid}/task/{t}") for t in target.tids()) > 0.2)
    wait_until("a thread is busy", lambda: any(cpu_ns(f"{target.pid}/task/{t}") > 60e6 for t in target.tids()))
    said = {int(m[1]): m for m in re.finditer(r"^thread (\d+) (.*) (\w+) 0x(\w+) 0x(\w+) (\d+)$", target.text(), re.M)}
    t = Tracer(c.thrtrace, "-p", str(target.pid), "--duration=500ms").ends()
    trace = t.events()
    target.check_free()
    found = {b["tid"]: b for b in trace.births.values()}
    start = trace.events[0]
    if (start["attached"], start["threads"], start["mode"]) != ([target.pid], len(found), "light"):
        raise Failure(f"{start}")
    if set(found) != set(said) | {target.pid}:
        raise Failure(f"threads {sorted(found)}, truly {sorted(said)} and {target.pid}")
    for tid, m in said.items():
        b = found[tid]
        want = (m[2], m[3], int(m[4], 16), int(m[5], 16), int(m[6]))
        got = (b["name"], b["label"], int(b["stack"]["low"] or "0", 16), int(b["stack"]["high"] or "0", 16),
               b["guard"] and b["guard"]["bytes"])
        if got != want:
            raise Failure(f"{tid}: {got}, truly {want}")
        if not 0.15e9 < b["age_ns"] < 60e9 or not b["tls"] or not b["stack_touched"] or not b["robust_list"]:
            raise Failure(f"{tid}: {b}")
        end = trace.ends[b["task"]]
        # It was watched until half a second after all were had; on a busy machine it may have been told of late in that time.
        watched = end["t_ns"] - b["t_ns"]
        if end["how"] != "detached" or end["t_ns"] < 0.5e9 or not 0 <= end["lived_ns"] - b["age_ns"] - watched < 0.1e9:
            raise Failure(f"{end}, born {b}")
        if (b["cpu_ns"] > 50e6) != (m[2] == "busy"):
            raise Failure(f"{tid} ({m[2]}) has run {b['cpu_ns']} ns")
        if b["parent"] is not None or b["flags"] is not None or "flags" not in b["unknown"]:
            raise Failure(f"{tid}: something is claimed of its creation: {b}")
    target.ends("over")


def until_its_end(c):
    target = Target([c.tracee("accounts")])
    t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
    time.sleep(0.1)
    target.ends("over")
    trace = t.ends().events()
    if {e["how"] for e in trace.ends.values()} - {"exit", "exit_group"}:
        raise Failure(f"{trace.ends}")


def lists(c):
    """Several processes in each way to name them; a thread stands for its process."""
    for how in (" ".join, ",".join, "\n".join):
        targets = [Target([c.tracee("accounts")]) for _ in range(2)]
        tid = max(targets[0].tids())
        t = Tracer(c.thrtrace, "-p", how([str(tid), str(targets[1].pid)]), "--duration=300ms").ends()
        if sorted(t.events().events[0]["attached"]) != sorted(x.pid for x in targets):
            raise Failure(f"{t.events().events[0]}")
        if len(t.events().births) != 10:
            raise Failure(f"{len(t.events().births)} threads of 10")
        for x in targets:
            x.check_free()
            x.ends("over")


def guards(c):
    """Whoever puts a guard below a stack of his own: it is found, whatever it is made of."""
    target = Target([c.tracee("guarded")], ready="guarded")
    t = Tracer(c.thrtrace, "-p", str(target.pid), "--duration=100ms").ends().events()
    got = sorted((b["guard"]["kind"], b["guard"]["bytes"]) for b in t.births.values() if b["tid"] != target.pid)
    if got != [("MADV_GUARD", 12288), ("PROT_NONE", 4096), ("PROT_READ", 8192), ("none", 0)]:
        raise Failure(f"{got}")
    target.check_free()
    os.kill(target.pid, signal.SIGTERM)
    target.ends("guarded")


def one_is_missing(c):
    target = Target([c.tracee("accounts")])
    t = Tracer(c.thrtrace, "-p", f"{target.pid},999999999", "--duration=100ms").ends()
    if "no process 999999999" not in t.said() or len(t.events().births) != 5:
        raise Failure(f"{t.said()}")
    target.ends("over")


def only_thread(c):
    target = Target([c.tracee("accounts")])
    tid = max(target.tids())
    t = Tracer(c.thrtrace, "-p", str(tid), "--only-thread")
    wait_until("thrtrace attaches", lambda: target.states()[tid][1] == str(t.p.pid))
    if [x for x, (_, tracer) in target.states().items() if tracer != "0"] != [tid]:
        raise Failure(f"{target.states()}")
    t.tells(1, "birth").ends(signal.SIGINT)
    if [b["tid"] for b in t.events().births.values()] != [tid]:
        raise Failure(f"{t.events().births}")
    target.check_free()
    target.ends("over")


def stuck(c, way, ids, of="T1"):
    """What can't go on is told once, of a process that was there and of one that a signal ends; else nothing is."""
    target = Target([c.tracee("stuck"), way])
    found = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target).tells(len(ids), "finding")
    time.sleep(0.3)  # for what would be told beside it
    found = found.ends(signal.SIGINT).events().events
    found = [e for e in found if e["event"] == "finding"]
    if [f["id"] for f in found] != ids or any(of not in (f["task"], f["text"].split(", ")[0]) for f in found):
        raise Failure(f"expected {ids}: {found}")
    if os.path.exists("/proc/self/sched") and not all(" waited for " in f["text"] for f in found):
        raise Failure(f"it is not said for how long: {found}")
    target.ends("ready")
    at_exit = subprocess.run([c.thrtrace, "--format=json", "-o", c.path("left"), c.tracee("stuck"), way],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60, check=False)
    with open(c.path("left"), encoding="utf-8") as f:
        left = [e["id"] for e in map(json.loads, f) if e["event"] == "finding"]
    told = [i for i in left if i in ("deadlock", "owner-gone")]
    if told != [i for i in ids if i != "signal-blocked"]:
        raise Failure(f"at its exit_group ({at_exit.returncode}), expected {ids}: {left}")
    let_go = subprocess.Popen([c.thrtrace, "--light", f"--duration={500 * SLOWER:.0f}ms", "--format=json", "-o", c.path("let_go"),
                               c.tracee("stuck"), way], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("it is let go", lambda: os.path.exists(c.path("let_go")) and '"summary"' in Path(c.path("let_go")).read_text())
    let_go.stdin.close()
    let_go.wait(60)
    with open(c.path("let_go"), encoding="utf-8") as f:
        told = [e["id"] for e in map(json.loads, f) if e["event"] == "finding"]
    if told != ids:
        raise Failure(f"let go, expected {ids}: {told}")
    program = subprocess.Popen([c.thrtrace, "--format=json", "-o", c.path("ended"), c.tracee("stuck"), way],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if program.stdout.readline() != "ready\n":
        raise Failure("the program does not get ready")
    program.send_signal(signal.SIGTERM)
    program.wait(20)
    with open(c.path("ended"), encoding="utf-8") as f:
        found = [e for e in map(json.loads, f) if e["event"] == "finding"]
    if [f["id"] for f in found] != ids:
        raise Failure(f"ended by a signal, expected {ids}: {found}")


def deadlock(c):
    stuck(c, "circle", ["deadlock"])


def owner_gone(c):
    stuck(c, "gone", ["owner-gone"])


def signal_blocked(c):
    stuck(c, "setxid", ["signal-blocked"])


def lock_is_held(c):
    stuck(c, "fine", [])


def births_and_ends(c):
    target = Target([c.tracee("spawner"), f"{2 * SLOWER:.0f}"])
    t = Tracer(c.thrtrace, "-p", str(target.pid), f"--duration={500 * SLOWER:.0f}ms").ends()
    trace = t.events()
    made = [b for b in trace.births.values() if b["kind"] == "thread"]
    if len(made) < 20 or not all(b["parent"] and b["label"] == "one" and b["flags"] for b in made):
        raise Failure(f"{len(made)} births: {made[:1]}")
    if sum(e["how"] == "exit" for e in trace.ends.values()) < 10:
        raise Failure(f"{len(trace.ends)} ends")
    target.ends(r"made \d+, wrong 0")


def crowd(c):
    """Hundreds that make threads while thrtrace comes: each is told once and ends once, nobody is missing, and a replay has
    the same."""
    target = Target([c.tracee("crowd"), "400"])
    tape, again = c.path("tape"), c.path("again")
    t = Tracer(c.thrtrace, f"--record={tape}", "-p", str(target.pid)).tells(1, "start")
    target.p.stdin.write(b"mark\n")
    target.p.stdin.flush()
    wait_until("the program has its mark", lambda: "marked" in target.text())
    t.tells(4000, "end")
    target.p.stdin.close()
    target.ends("wrong 0")
    trace = t.ends().events()
    words = [line.split() for line in target.text().splitlines()]
    slots, born = ([int(w[1]) for w in words if w[0] == what] for what in ("slot", "born"))
    kinds = {kind: Counter(b["tid"] for b in trace.births.values() if b["kind"] == kind) for kind in ("attached", "thread")}
    missing = [tid for tid in [target.pid, *slots] if kinds["attached"][tid] != 1]
    unborn = Counter(born) - kinds["attached"] - kinds["thread"]
    if missing or unborn or len(slots) != 400 or len(born) < 100:
        raise Failure(f"{len(slots)} slots, {len(born)} born; not told as there: {missing}; not told at all: {unborn}")
    if len(trace.ends) != len(trace.births) or any(b["kind"] == "thread" and not b["flags"] for b in trace.births.values()):
        raise Failure(f"{len(trace.births)} births, {len(trace.ends)} ends")
    ran = call([c.thrtrace, f"--replay={tape}", "-o", again, "--format=json"], 60)
    with open(t.trace.name, encoding="utf-8") as one, open(again, encoding="utf-8") as other:
        if ran.returncode or one.read() != other.read():
            raise Failure(f"replayed: {ran.returncode}: {ran.stderr}")


def every_call(c):
    """--no-seccomp: calls stop; one that was under way when thrtrace came has no line that is wrong."""
    target = Target([c.tracee("spawner"), f"{3 * SLOWER:.0f}"])
    t = Tracer(c.thrtrace, "-p", str(target.pid), "--no-seccomp", f"--duration={700 * SLOWER:.0f}ms").ends()
    trace = t.events()
    calls = [e for e in trace.events if e["event"] == "call"]
    if trace.events[0]["mode"] != "all" or not any(e["name"].startswith("clone") for e in calls):
        raise Failure(f"{len(calls)} calls")
    joins = [e for e in trace.events if e["event"] == "join"]
    if not joins:
        raise Failure("no join")
    bad = [e for e in calls if e["errno"] and e["name"].startswith("clone")]
    if bad:
        raise Failure(f"{bad[0]}")
    target.check_free()
    target.ends(r"made \d+, wrong 0")


def forks(c):
    """Children: let go at their birth, or followed with -f."""
    for follow in ((), ("-f",)):
        target = Target(["sh", "-c", "echo ready; read x; for i in 1 2 3 4 5; do sleep 0.05; done; echo end"])
        t = Tracer(c.thrtrace, "-p", str(target.pid), *follow).attached(target)
        t.tells(1, "birth")
        target.ends("end")
        trace = t.ends().events()
        made = [b for b in trace.births.values() if b["kind"] in ("process", "vfork")]
        if len(made) != 5 or any(b["followed"] != bool(follow) for b in made):
            raise Failure(f"{follow}: {made}")
        execs = [e for e in trace.events if e["event"] == "exec"]
        if len(execs) != (5 if follow else 0):
            raise Failure(f"{follow}: {execs}")


# ---- odd processes ----

def zombie_leader(c):
    target = Target([c.tracee("leaderless")])
    wait_until("the leader ends", lambda: status_of(target.pid).get("State", "?")[0] == "Z")
    t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
    t.tells(3, "birth").ends(signal.SIGINT)
    target.check_free()
    births = t.events().births.values()
    if sorted(b["zombie"] for b in births) != [False, False, True]:
        raise Failure(f"{[(b['tid'], b['zombie']) for b in births]}")
    if any(b["stack"]["bytes"] is None or b["label"] != "stays" for b in births if not b["zombie"]):
        raise Failure(f"{list(births)}")
    # And to its end.
    t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
    t.tells(3, "birth")
    os.kill(target.pid, signal.SIGTERM)
    target.ends("ready", -signal.SIGTERM)
    trace = t.ends().events()
    leader = trace.ends[next(b["task"] for b in trace.births.values() if b["zombie"])]
    if leader["how"] != "exit" or leader["status"] != 0:
        raise Failure(f"{leader}")


def stopped(c):
    target = Target([c.tracee("accounts")])
    os.kill(target.pid, signal.SIGSTOP)
    wait_until("it stops", lambda: all(s[0][0] == "T" for s in target.states().values()))
    for sig in (signal.SIGINT, signal.SIGKILL):
        t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
        t.tells(1, "stopped").ends(sig, 0 if sig == signal.SIGINT else -sig)
        wait_until("it is stopped as before", lambda: all(s[0][0] == "T" for s in target.states().values()))
        target.check_free(stopped=True)
        if sig == signal.SIGINT and not any(e["event"] == "stopped" for e in t.events().events):
            raise Failure("the stop is told before its end, and not in the whole trace")
    # And SIGCONT works, with thrtrace and without.
    t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
    t.tells(1, "stopped")
    os.kill(target.pid, signal.SIGCONT)
    wait_until("it goes on", lambda: all(s[0][0] in "RS" for s in target.states().values()))
    t.tells(1, "continued").ends(signal.SIGINT).events()
    target.check_free()
    target.ends("over")


def pid_namespace(c):
    """Its numbers here and there; the second process of a namespace, and its first, PID 1."""
    need("unshare")
    probe = call(["unshare", "--pid", "--fork", "true"])
    if probe.returncode:
        skip("unshare --pid is not allowed here")
    target = Target(["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", f"{c.tracee('accounts')}; echo out"])
    found = [pid for pid in descendants() if status_of(pid).get("NSpid", "").split()[1:]]
    for pid in found:
        inside = int(status_of(pid)["NSpid"].split()[-1])
        t = Tracer(c.thrtrace, "-p", str(pid), "--duration=200ms").ends()
        births = t.events().births.values()
        want = {int(x): int(status_of(f"{pid}/task/{x}")["NSpid"].split()[-1]) for x in os.listdir(f"/proc/{pid}/task")}
        if {b["tid"]: b["tid_inside"] for b in births} != want:
            raise Failure(f"{pid} ({inside}): {[(b['tid'], b['tid_inside']) for b in births]}, truly {want}")
    if len(found) != 2:
        raise Failure(f"{found}")
    target.ends("out")


def odd_interpreter(c):
    """In place of the interpreter of a program that runs, there is a FIFO by now: nobody waits for who writes to it."""
    need("gcc")
    real = next((m[1] for line in call(["readelf", "-lW", sys.executable]).stdout.splitlines()
                 if (m := re.search(r"interpreter: (.*)\]", line))), None)
    if not real:
        skip("this machine's programs name no interpreter")
    own = shutil.copy(real, c.path("ld.so"))
    write(c.path("p.c"), '#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); char b; return (int)read(0, &b, 1); }\n')
    build(["gcc", "-w", "-o", "p", "p.c", f"-Wl,--dynamic-linker={own}"], c.cwd)
    target = Target([c.path("p")])
    os.unlink(own)
    os.mkfifo(own)
    t = Tracer(c.thrtrace, "-p", str(target.pid), "--duration=100ms")
    t.ends()
    if len(t.events().births) != 1:
        raise Failure(f"{t.events().births}")
    target.check_free()
    target.ends("ready")


def by_name(c):
    """-p NAME: each process of that name, by what it was started as (a long name) or is called now (comm)."""
    name = f"called-{os.getpid()}-long"  # 15 bytes of it are comm
    path = c.path(name)
    shutil.copy(c.tracee("accounts"), path)
    targets = [Target([path]) for _ in range(2)]
    for asked in (name, status_of(targets[0].pid)["Name"], f"{name},{targets[0].pid}"):
        done = call([c.thrtrace, "-p", asked, "--duration=100ms", "--format=json"], 60)
        if done.returncode or cleaned(done.stderr):
            raise Failure(f"{asked}: {done}")
        there = {e["tgid"] for e in map(json.loads, done.stdout.splitlines()) if e["event"] == "birth"}
        if there != {t.pid for t in targets}:
            raise Failure(f"{asked}: attached to {there}, not to {[t.pid for t in targets]}")
    for t in targets:
        t.check_free()
        t.ends("over")
    done = call([c.thrtrace, "-p", name])
    if done.returncode != 1 or done.stdout or "no process of that name runs" not in done.stderr:
        raise Failure(f"{done}")


# ---- failures ----

def no_process(c):
    refused(c.thrtrace, 999999999, "there is no process 999999999")


def kernel_thread(c):
    if status_of(2).get("Kthread") != "1" and "kthreadd" not in status_of(2).get("Name", ""):
        skip("no kernel thread is to be seen here")
    refused(c.thrtrace, 2, "is a thread of the kernel")


def itself(c):
    done = call(["sh", "-c", f'exec "{c.thrtrace}" -p $$'], timeout=20)
    if done.returncode != 1 or "is thrtrace itself" not in done.stderr:
        raise Failure(f"{done}")


def own_tracer(c):
    """Who traces thrtrace: each would wait for the other."""
    need("strace")
    done = call(["strace", "-f", "-qq", "-e", "trace=none", "-e", "signal=none", "-o", os.devnull, "sh", "-c",
                           f'exec "{c.thrtrace}" -p $(sed -n "s/^TracerPid:.//p" /proc/$$/status)'],)
    if done.returncode != 1 or "traces thrtrace" not in done.stderr:
        raise Failure(f"{done}")


def other_user(c):
    need("setpriv")
    if os.geteuid() != 0:
        skip("only root can become somebody else")
    target = Target([c.tracee("accounts")])
    # Where the ordinary user can reach it, whatever directory this is built in.
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as d:
        os.chmod(d, 0o755)
        copy = shutil.copy(c.thrtrace, d)
        done = call([*AS_NOBODY, copy, "-p", str(target.pid)],
                              env=NO_LEAK_CHECK)
    if done.returncode != 1 or f"runs as uid 0 and thrtrace as uid {NOBODY}" not in done.stderr:
        raise Failure(f"{done}")
    target.check_free()
    target.ends("over")


def undumpable(c):
    """A process of the same user that has asked for it by PR_SET_DUMPABLE."""
    need("setpriv")
    if os.geteuid() != 0:
        skip("only root can become somebody else")
    if call([*AS_NOBODY, sys.executable, "-c", ""]).returncode:
        skip("the interpreter can't be run by another user")
    target = Target([*AS_NOBODY, sys.executable, "-c", "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); "
                     "print('ready', flush=True); input()"])
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as d:
        os.chmod(d, 0o755)
        copy = shutil.copy(c.thrtrace, d)
        done = call([*AS_NOBODY, copy, "-p", str(target.pid)], env=NO_LEAK_CHECK)
    if done.returncode != 1 or "is not dumpable" not in done.stderr:
        raise Failure(f"{done}")
    target.p.kill()
    target.p.wait()


def traced_already(c):
    target = Target([c.tracee("accounts")])
    first = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
    refused(c.thrtrace, target.pid, f"is already traced, by process {first.p.pid} (thrtrace)")
    first.ends(signal.SIGINT)
    if shutil.which("strace"):
        strace = subprocess.Popen(["strace", "-f", "-qq", "-o", os.devnull, "-p", str(target.pid)],
                                  stderr=subprocess.DEVNULL)
        wait_until("strace attaches", lambda: all(s[1] == str(strace.pid) for s in target.states().values()))
        refused(c.thrtrace, target.pid, f"is already traced, by process {strace.pid} (strace)")
        strace.terminate()
        strace.wait()
    target.check_free()
    target.ends("over")


def zombie(c):
    p = subprocess.Popen(["true"])
    wait_until("it ends", lambda: status_of(p.pid).get("State", "?")[0] == "Z")
    refused(c.thrtrace, p.pid, "is a zombie")
    p.wait()


# ---- letting go ----

def each_signal(c):
    target = Target([c.tracee("accounts")])
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        t = Tracer(c.thrtrace, "-p", str(target.pid)).attached(target)
        t.tells(5, "birth").ends(sig)
        if {e["how"] for e in t.events().ends.values()} != {"detached"}:
            raise Failure(f"{sig}: {t.events().ends}")
        target.check_free()
    target.ends("over")


def reader_goes(c):
    """thrtrace -p PID | head -1, of a busy program and of one that does nothing."""
    for argv, last in (([c.tracee("spawner"), "3"], r"made \d+, wrong 0"), ([c.tracee("accounts")], "over")):
        target = Target(argv)
        begin = time.monotonic()
        done = call(["sh", "-c", f'"{c.thrtrace}" -o - -p {target.pid} | head -1'], timeout=20)
        if "attached to" not in done.stdout or cleaned(done.stderr) or time.monotonic() - begin > 5:
            raise Failure(f"{done} after {time.monotonic() - begin:.1f} s")
        target.check_free()
        target.ends(last)


def longest_stop(target, seconds):
    """For how long one of its threads was seen in a ptrace-stop, in a row; nobody is to be held up for long."""
    worst, since, until = 0, {}, time.monotonic() + seconds
    while time.monotonic() < until:
        now, stopped = time.monotonic(), set()
        for tid, (state, _) in target.states().items():
            if state and state[0] == "t":
                stopped.add(tid)
                worst = max(worst, now - since.setdefault(tid, now))
        since = {tid: t for tid, t in since.items() if tid in stopped}
        time.sleep(0.01)
    return worst


def reader_stands_still(c):
    """A full pipe, a FIFO: nobody is held up by it, and thrtrace heeds what it is asked for."""
    fifo = c.path("fifo")
    os.mkfifo(fifo)
    slow = max(1.0, SLOWER / 3)  # of an emulated machine's time a third is enough to tell a hold from what stops take
    duration = f"--duration={2000 * slow:.0f}ms"
    for to, args, sig in (("|exec sleep 100", (), signal.SIGINT), (fifo, (), signal.SIGTERM),
                          (fifo, (duration,), None), ("|exec sleep 100", (duration, "--no-seccomp"), None)):
        target = Target([c.tracee("spawner"), f"{8 * slow:g}"])
        held = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)  # a reader that takes nothing
        err = tempfile.TemporaryFile()
        t = subprocess.Popen([c.thrtrace, "--format=json", "-o", to, *args, "-p", str(target.pid)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=err)
        children = []
        try:
            wait_until("thrtrace attaches", lambda: target.states().get(target.pid, ("", "0"))[1] == str(t.pid))
            children = descendants() - {target.pid, t.pid}
            waited = waited_ns(t.pid)
            worst = longest_stop(target, 1.5 * slow)
            waited = (waited_ns(t.pid) - waited) / 1e9  # for a CPU: nobody can go on meanwhile
            if worst > 0.5 * slow + waited:
                raise Failure(f"{to}: a thread was stopped for {worst:.2f} s, thrtrace had no CPU for {waited:.2f}")
            if sig:
                t.send_signal(sig)
            wait_until("all are let go", lambda: all(tracer == "0" for _, tracer in target.states().values()))
            t.wait(10 * slow)
            said = os.pread(err.fileno(), 1 << 16, 0).decode(errors="replace")
            if t.returncode != 0 or "took nothing" not in said:
                raise Failure(f"{to}: status {t.returncode}, said {said!r}")
        finally:
            t.kill()
            t.wait()
            os.close(held)
            for pid in children:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        target.check_free()
        target.ends(r"made \d+, wrong 0")


def command_outlives_reader(c):
    """A program that thrtrace has started goes on to its end when nobody reads the trace any more."""
    for mode in ((), ("--light",), ("--no-seccomp",)):
        out = c.path("out")
        options = " ".join([*mode, '-o "|head -1 >/dev/null"'])
        done = call(["bash", "-c", f'"{c.thrtrace}" {options} {c.tracee("spawner")} 1 >{out}; echo $?'])
        with open(out, encoding="ascii") as f:
            lines = f.read().splitlines()
        if not lines or not re.fullmatch(r"made \d+, wrong 0", lines[-1]) or done.stdout != "0\n":
            raise Failure(f"{mode}: {done} {lines}")


def command_outlives_full_disk(c):
    """As above, when the trace can't be written: that is said, and the program is not to suffer."""
    for mode in ((), ("--light",)):
        out = c.path("out")
        done = call(["bash", "-c", f'"{c.thrtrace}" {" ".join(mode)} -o /dev/full {c.tracee("spawner")} 1 >{out}; echo $?'])
        with open(out, encoding="ascii") as f:
            lines = f.read().splitlines()
        well = lines and re.fullmatch(r"made \d+, wrong 0", lines[-1])
        if not well or done.stdout != "125\n" or "the trace ends early" not in done.stderr:
            raise Failure(f"{mode}: {done} {lines}")


def command_inherits(c):
    """What a started program has of thrtrace's own signals: nothing but what thrtrace itself was given."""
    argv = ["grep", "-E", "^(SigBlk|SigIgn|SigCgt)", "/proc/self/status"]
    plain = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    for mode in ((), ("--light",), ("--no-seccomp",)):
        done = call([c.thrtrace, "-o", os.devnull, *mode, *argv])
        if done.stdout != plain:
            raise Failure(f"{mode}: {done.stdout!r}, untraced {plain!r}")


def command_is_let_go(c):
    """--duration of a command: the program runs on, and its status is thrtrace's."""
    for mode in ("--light", "--no-seccomp"):
        done = call([c.thrtrace, mode, "--duration=300ms", "sh", "-c", "sleep 1; echo on; exit 7"])
        if done.returncode != 7 or done.stdout != "on\n" or "let go" not in done.stderr:
            raise Failure(f"{mode}: {done}")


CASES = (churn_c, churn_python, churn_go, busy_java, sleepers, killed, execs, recorded, accounts, window, until_its_end, lists, by_name,
         guards, one_is_missing, only_thread, births_and_ends, crowd, deadlock, owner_gone, signal_blocked, lock_is_held, every_call,
         forks, zombie_leader, stopped, pid_namespace,
         odd_interpreter,
         no_process, kernel_thread, itself, own_tracer, other_user, undumpable, traced_already, zombie, each_signal,
         reader_goes, reader_stands_still, command_outlives_reader, command_outlives_full_disk, command_inherits, command_is_let_go)


class Case:
    def __init__(self, thrtrace, tracees, cwd):
        self.thrtrace, self.tracees, self.cwd = os.path.abspath(thrtrace), os.path.abspath(tracees), cwd

    def tracee(self, name):
        return os.path.join(self.tracees, name)

    def path(self, name):
        return os.path.join(self.cwd, name)


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.__name__ for case in CASES))
        return 0
    thrtrace, tracees, name = sys.argv[1:]

    def attach(folder):
        try:
            next(case for case in CASES if case.__name__ == name)(Case(thrtrace, tracees, folder))
            check_leftovers("at the end")
        finally:
            end_leftovers(descendants())
    return in_own_folder(attach)


if __name__ == "__main__":
    sys.exit(main())

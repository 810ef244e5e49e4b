#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--observe on programs of ../tracees: births, names, ends and accounts are those that the programs tell of themselves, and
the programs fare as they do alone.

    observe.py THRTRACE DIRECTORY [CASE...]     (DIRECTORY: where the programs are built)
    observe.py --list
"""
import contextlib
import ctypes
import errno
import json
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import leak_check
from attach import Target
from harness import SLOWER, Failure, become, skip, why_no_events
from observe_creators import (CREATORS, routine, creators, creators_many, creators_burst, creators_closed,
                               creators_doubt, creators_aside, creators_fail, creators_leader, creators_times,
                               creators_guards)
from observing import Run, observe, unlike_its_own, want

NOBODY = 65534
PR_CAPBSET_DROP = 24
CAP_SYS_RESOURCE = 24
UNREAD, CROWDED = 65532, 65533  # whose rings no other test takes


def thread(run):
    """One thread: whose it is, where its stack is, how the program ends."""
    told = run("stormy", "1")
    birth = told.one("birth", kind="observed")
    want("its creator", birth["parent"], "T0")
    want("its end", told.one("end", task="T1")["how"], "observed")
    want("the program's status", told.one("end", task="T0")["status"], 0)


def execve(run):
    """execve by another thread: the first one's record ends by it, and the caller goes on under its number."""
    told = run("exec_thread")
    exec_ = told.one("exec")
    want("the first one's end", (told.one("end", task="T0")["how"], told.one("end", task="T0")["by"]), ("exec", exec_["task"]))
    want("its number", exec_["tid"], told.one("birth", task="T0")["tid"])
    want("thrtrace's status", told.status, 5)


def leader(run):
    """A first thread that leaves before the others: its end is the last one, with the status of the process."""
    told = run("leader_gone")
    last = told.of("end")[-1]
    want("the last end", (last["task"], last["status"]), ("T0", 3))


def names(run):
    """Each name that is set, by whom."""
    told = run("names")
    births = told.of("birth", kind="observed")
    want("names", len(told.of("name")) >= len(births) > 5, True)
    for e in told.of("name"):
        want("who named it", e["by"], e["task"])


def killed(run):
    """A signal that kills the whole process."""
    told = run("sigkill_group")
    want("the program's end", (told.one("end", task="T0")["how"], told.one("end", task="T0")["signal"]), ("signal", "SIGKILL"))
    want("thrtrace's own end", told.status, -9)


def untraced(run):
    """CLONE_UNTRACED hides nothing."""
    told = run("clone_untraced", options=["-f"])
    want("births", len(told.of("birth")), 4)


def many(run):
    """Hundreds of threads that end at once: none is missing."""
    told = run("stormy", "600")
    want("births", len(told.of("birth", kind="observed")), 600)
    want("ends", len(told.of("end", how="observed")), 601)


def late(run):
    """Threads are born faster than thrtrace is given a CPU: it goes before them, and none is missing."""
    if os.geteuid() != 0:
        skip("only root goes before others")
    cpu = min(os.sched_getaffinity(0))
    rounds = 20000
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        with subprocess.Popen([run.thrtrace, "--observe", "--format=json", "-o", trace.name, "--",
                               "nice", "-n", "-10", os.path.join(run.where, "..", "bench", "churn"), str(rounds)],
                              stderr=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {cpu})) as p:
            nice = set()
            while p.poll() is None:
                nice.add(os.getpriority(os.PRIO_PROCESS, p.pid))
                time.sleep(0.001)
            stderr = p.stderr.read()
        if why_no_events(stderr):
            skip(why_no_events(stderr))
        want("it went before all", -20 in nice, True)
        want("births", sum('"event":"birth"' in line for line in open(trace.name, encoding="utf-8")), rounds + 1)


def account(run):
    """Switches and time on a CPU as getrusage(2) has them.

    Where the machine stands still while the kernel switches, and emulated ones do, that time is charged to the thread that comes
    next, and is not between its records: not each of some runs can have met that."""
    wrong = [unlike_its_own(run)]
    while wrong[-1] and len(wrong) < (5 if SLOWER > 1 else 1):
        wrong.append(unlike_its_own(run))
    want("times on a CPU, run by run", wrong[-1] and wrong, [])


def same_inside(run, argv, births, but="(?!)"):
    """Its output, but for numbers and such lines, and its status are those that it has alone; so many births are told at least."""
    mask = lambda text: re.sub(r"0x[0-9a-f]+|\d+", "#", text)  # noqa: E731
    lines_of = lambda text: sorted(line for line in mask(text).splitlines() if not re.match(but, line))  # noqa: E731
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        alone, inside = (subprocess.run([*before, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                                        check=False) for before in ([], [run.thrtrace, "--observe", "-f", "--format=json", "-o",
                                                                         trace.name, "--"]))
        lines = [json.loads(line) for line in open(trace.name, encoding="utf-8")]
    if why_no_events(inside.stderr) and not lines:
        skip(why_no_events(inside.stderr))
    want(f"{argv[0]}: status, output and errors", (inside.returncode, lines_of(inside.stdout), mask(inside.stderr)),
         (alone.returncode, lines_of(alone.stdout), mask(alone.stderr)))
    told = [e for e in lines if e["event"] == "birth"]
    want(f"{argv[0]}: births", len(told) >= births, True)
    return alone, told


def strace(run):
    """The one place of a tracer stays free: strace works in it as it does alone."""
    if not shutil.which("strace"):
        skip("strace is missing")
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as seen:
        _, told = same_inside(run, ["strace", "-f", "-o", seen.name, "-e", "trace=clone,clone3", run.tracee("stormy"), "1"], 3)
        text = seen.read().decode()
    want("what strace has seen inside", ("CLONE_THREAD" in text, text.count("+++ exited with 0 +++")), (True, 2))
    want("threads", len([b for b in told if b["tid"] != b["tgid"]]), 1)


def gdb(run):
    """A debugger, with the program that it runs. Which threads it has noticed, and by which name, depends on the moment."""
    if not shutil.which("gdb"):
        skip("gdb is missing")
    alone, told = same_inside(run, ["gdb", "-nx", "-batch", "-ex", "set style enabled off", "-ex", "run", "-ex", "p $_exitcode",
                                    "--args", run.tracee("stormy"), "1"], 3,
                              but=r"\[(New|Thread # )")
    want("what gdb says of the end", "exited normally" in alone.stdout, True)
    want("the program's births", len([b for b in told if b["name"] == "stormy"]) >= 1, True)


def leak_sanitizer(run):
    """A program that is its own tracer at its end."""
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        program = leak_check.build(folder, "cc", "leak") or skip("no compiler, or it has no LeakSanitizer")
        alone, _ = same_inside(run, [program], 3)  # itself, its thread, and who traces it
    want("the leak", (alone.returncode, "4711 byte(s)" in alone.stderr), (23, True))


def become_nobody():
    become(NOBODY)


def as_nobody():
    """What to do before it, for a run without any right; skips where that can't be."""
    if os.geteuid() != 0:
        skip("it runs as nobody, which root alone can begin")
    try:
        level = int(open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii").read())
    except OSError:
        skip("there is no kernel.perf_event_paranoid")
    if level > 2:
        skip(f"kernel.perf_event_paranoid is {level}")
    return become_nobody


def inherited(run):
    """Root's events are of the whole machine. What each task inherits from its creator tells the same."""
    other = Run(run.thrtrace, run.where, as_nobody())
    for case in (thread, execve, leader, names, killed, untraced, many, account):
        case(other)


def nobody(run, options=()):
    """Without any right, where the machine allows that."""
    before = as_nobody()
    for _ in range(8):  # on a busy machine the program may be gone before it is looked at
        told = run("stormy", "1", options=options, before=before)
        want("births", len(told.of("birth")), 2)
        birth = told.one("birth", kind="thread") if options else None
        if not birth or birth["label"]:
            break
        want("why it is not known what it runs", bool(birth["unknown"]["start_routine"]), True)
    if birth:
        want("what it runs", birth["label"], "storm")


def creators_nobody(run):
    """Without any right."""
    nobody(run, CREATORS)


def present(run):
    """What runs already: each thread as it says of itself, none of them stopped."""
    target = Target([run.tracee("accounts")])
    said = {int(m[1]): m for m in re.finditer(r"^thread (\d+) (.*) (\w+) 0x(\w+) 0x(\w+) (\d+)$", target.text(), re.M)}
    told = run(options=["-p", str(target.pid), "--duration=300ms"])
    start = told.one("start")
    want("the start", (start["attached"], start["threads"], start["mode"]), ([target.pid], len(said) + 1, "observe"))
    found = {b["tid"]: b for b in told.of("birth", kind="attached")}
    want("threads", set(found), set(said) | {target.pid})
    for tid, m in said.items():
        b = found[tid]
        want(f"thread {tid}", (b["name"], b["label"], b["guard"] and b["guard"]["bytes"]), (m[2], m[3], int(m[6])))
        want(f"stack of {tid}", (int(b["stack"]["low"], 16), int(b["stack"]["high"], 16)), (int(m[4], 16), int(m[5], 16)))
        want(f"end of {tid}", told.one("end", tid=tid)["how"], "detached")
    target.check_free()
    target.ends("over")


def present_makes(run):
    """Threads are born and die while all of them are looked for: each is told once, of whom."""
    target = Target([run.tracee("spawner"), "3"])
    told = run(options=["-p", str(target.pid), "--duration=500ms"])
    made = told.of("birth", kind="observed")
    want("births", len(made) > 20, True)
    want("creators", {b["parent"] for b in made} <= {b["task"] for b in told.of("birth", kind="attached")}, True)
    if told.of("finding", id="records-lost"):
        skip("records were lost, and that is said")
    born, ended = {b["task"] for b in told.of("birth")}, [e["task"] for e in told.of("end")]
    want("ends", (len(ended), set(ended)), (len(born), born))
    want("left", len(told.of("end", how="detached")) <= 9, True)
    target.ends(r"made \d+, wrong 0")


def present_creators(run):
    """The calls of what runs already: of each thread that it makes then, whose and what it runs."""
    if os.geteuid() != 0:
        skip("it takes the right to watch all tasks")
    target = Target([run.tracee("steady")])
    told = run(options=["-p", str(target.pid), "--duration=2s", *CREATORS])
    target.ends(r"made \d+")
    made = told.of("birth", kind="thread")
    want("births with their call", len(made) >= 3 and len(told.of("birth", kind="observed")) <= 1, True)
    want("what they run", {routine(b) for b in made} - {None}, {"body"})
    want("who made them", {(b["parent"], "main" in [f["symbol"] for f in b["creator"]]) for b in made}, {("T0", True)})
    want("how they end", {(e["how"], e["status"]) for e in told.of("end") if e["task"] in {b["task"] for b in made[:-1]}}, {("exit", 0)})
    want("strangers", {e["tgid"] for e in told.of("birth")}, {target.pid})


def present_ends(run):
    """It ends while it is watched, and so does the trace."""
    target = Target([run.tracee("accounts")])
    tracer = subprocess.Popen([run.thrtrace, "--observe", "-p", str(target.pid)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    first = tracer.stdout.readline()
    if why_no_events(first):
        skip(first)
    target.ends("over")
    text, _ = tracer.communicate(timeout=20 * SLOWER)
    want("its status", tracer.returncode, 0)
    want("the sleeper's end", "has ended" in text and "no findings" in text and "let go" not in text, True)


def asked_to_end(run):
    """SIGTERM of thrtrace's own is the program's; of processes that were there it lets go."""
    tracer = subprocess.Popen([run.thrtrace, "--observe", "-o", "/dev/null", "sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if tracer.stdout.readline() != "ready\n":
        skip(tracer.stderr.readline())
    tracer.terminate()
    want("the program's status", tracer.wait(20), 3)
    target = Target([run.tracee("accounts")])
    tracer = subprocess.Popen([run.thrtrace, "--observe", "-p", str(target.pid)], stdout=subprocess.PIPE, text=True)
    tracer.stdout.readline()
    tracer.terminate()
    text, _ = tracer.communicate(timeout=20 * SLOWER)
    want("it lets go", "let go" in text or "left running" in text, True)
    target.check_free()
    target.ends("over")


def present_denied(run):
    """Another user's process: one sentence, which says whose it is."""
    if os.geteuid() != 0:
        skip("root alone has processes that are another's")
    target = Target(["sh", "-c", "echo ready; read line; echo over"])
    done = subprocess.run([run.thrtrace, "--observe", "-p", str(target.pid)], capture_output=True, text=True, check=False,
                          preexec_fn=become_nobody)
    target.ends("over")
    if "paranoid" in done.stderr:
        skip(done.stderr)
    want("what is said", (done.returncode, len(done.stderr.splitlines()), "root" in done.stderr), (1, 1, True))
    own = subprocess.Popen(["sleep", "60"], preexec_fn=become_nobody)
    refused = subprocess.run([run.thrtrace, "--observe", "--creators=on", "-p", str(own.pid)], capture_output=True, text=True, check=False,
                             preexec_fn=become_nobody)
    own.kill()
    own.wait()
    want("calls of who runs already", (refused.returncode, "CAP_PERFMON" in refused.stderr), (125, True))


@contextlib.contextmanager
def roots_copy(of, mode):
    """A program of root's with these rights, where others can start it."""
    if os.geteuid() != 0:
        skip("root alone can make a program that is root's")
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        os.chmod(folder, 0o755)
        program = os.path.join(folder, "program")
        shutil.copy(of, program)
        os.chmod(program, mode)
        yield program


def dark(run):
    """A program that its user may not read: the kernel takes the events away; that is said, and the program lives on."""
    with roots_copy(shutil.which("sleep"), 0o711) as program:
        told = observe(run.thrtrace, [program, "0.1"], before=lambda: become(UNREAD))
    want("what is said", [f["severity"] for f in told.of("finding", id="watch-ended")], ["note"])
    want("its status", (told.status, told.one("end", task="T0")["status"]), (0, 0))


def set_user_id(run):
    """Root's events are of the machine, and do not end where a program comes to other rights."""
    with roots_copy(run.tracee("stormy"), 0o4755) as program:
        told = observe(run.thrtrace, ["setpriv", "--reuid", str(NOBODY), "--clear-groups", program, "5"])
    want("what is found", told.of("finding", id="watch-ended"), [])
    want("births", len(told.of("birth")), 6)


def no_ring(run):
    """One user's observers share what may be locked for rings: the second one is told so, and what to do."""
    if os.geteuid() != 0:
        skip("root alone can be other users")
    def other():
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        become(CROWDED)
    argv = [run.thrtrace, "--observe", "-o", "/dev/null", "sh", "-c", "echo ready; read line"]
    first = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=other)
    if first.stdout.readline() != "ready\n":
        why = first.communicate()[1].partition("\n")[0]
        with open("/proc/sys/kernel/perf_event_mlock_kb", encoding="ascii") as f:
            want("rings of the first one, as every user may have them", "mmap" in why and int(f.read()) >= 516, False)
        skip(why)
    second = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, preexec_fn=other)
    first.communicate("")
    want("what is said", (second.returncode, second.stdout, "mmap" in second.stderr, "RLIMIT_MEMLOCK" in second.stderr,
                          len(second.stderr.splitlines())), (125, "", True, True, 2))


def denied(run):
    """What refuses it has a sentence that says what to do."""
    for error, says in ((errno.EPERM, "--cap-add PERFMON"), (errno.ENOSYS, "CONFIG_PERF_EVENTS"), (errno.EMFILE, "RLIMIT_NOFILE")):
        done = subprocess.run([run.thrtrace, "--observe", "true"], capture_output=True, text=True, check=False,
                              preexec_fn=without_events(error))
        want(f"{errno.errorcode[error]}: {done.stderr}", (done.returncode, says in done.stderr, len(done.stderr.splitlines())), (125, True, 2))


def without_events(error=errno.ENOSYS):
    """For what is begun: perf_event_open(2) fails so: as in a sandbox, if not said otherwise."""
    number = {"x86_64": 298, "aarch64": 241, "riscv64": 241}.get(os.uname().machine)
    if not number:
        skip("the number of perf_event_open is not known on this machine")
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | error), (0x06, 0, 0, 0x7FFF0000)]
    rows = b"".join(struct.pack("HBBI", *row) for row in code)
    program = ctypes.create_string_buffer(rows, len(rows))
    libc = ctypes.CDLL(None, use_errno=True)
    filtering = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))

    def begin():
        """PR_SET_NO_NEW_PRIVS, and PR_SET_SECCOMP with SECCOMP_MODE_FILTER."""
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filtering, 0, 0):
            raise OSError(ctypes.get_errno(), f"no filter of {len(program)} bytes")  # which live as long as this
    return begin


def few_descriptors():
    """24, and not more: who may raise a hard limit would do so."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0)


def auto(run):
    """Where there are no events ptrace takes their place, and a line says so; else nobody sees a difference."""
    run("stormy", "1")  # skips where there are none
    told = run("stormy", "1", options=["--observe=auto"])
    want("births", len(told.of("birth")), 2)
    argv = [run.thrtrace, "--observe=auto", "--format=csv", "-o", "/dev/stdout", run.tracee("stormy"), "1"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, preexec_fn=without_events())
    want("what is said", ("--observe=auto" in done.stderr, "perf_event_open" in done.stderr, "ptrace" in done.stderr), (True,) * 3)
    want("its end", (done.returncode, sorted(row.split(",")[0] for row in done.stdout.splitlines() if row.startswith("T"))),
         (0, ["T0", "T1"]))
    target = Target([run.tracee("accounts")])
    done = subprocess.run([run.thrtrace, "--observe=auto", "--duration=50ms", "-p", str(target.pid)], capture_output=True, text=True,
                          check=False, preexec_fn=few_descriptors)
    target.check_free()
    target.ends("over")
    want("too few descriptors", (done.returncode, "traced by ptrace" in done.stderr, "let go" in done.stdout), (0, True, True))


def recorded(run):
    """A record of it gives the same trace again, in each view and without events."""
    target = None
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        tape, view = os.path.join(folder, "tape"), os.path.join(folder, "view")
        for name, *args in (("stormy", "40"), ("stormy", "40", "--creators=on"), ("names",), ("exec_thread", "--creators=on"),
                            ("spawn", "--creators=on", "-f"), ("leader_gone", "kill", "--creators=on"), ("accounts", "-p"),
                            ("accounts", "-p", *(CREATORS if os.geteuid() == 0 else ()))):
            words, options = [a for a in args if a[0] != "-"], [a for a in args if a[0] == "-"]
            command = ["--", run.tracee(name), *words]
            if options[:1] == ["-p"]:
                target = target or Target([run.tracee(name)])
                options, command = ["-p", str(target.pid), "--duration=100ms", *options[1:]], []
            subprocess.run([run.thrtrace, "--observe", f"--record={tape}", "--format=json", "-o", view,
                            f"--format=text:{view}.text", *options, *command],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
            for form, path in (("json", view), ("text", view + ".text")):
                again = subprocess.run([run.thrtrace, f"--replay={tape}", f"--format={form}", "-o", "-"], capture_output=True,
                                       preexec_fn=without_events(), timeout=60, check=False)
                want(f"the replay of {name} {args}", (again.returncode, again.stderr), (0, b""))
                with open(path, "rb") as direct:
                    want(f"the trace of {name} {args} as {form}", again.stdout, direct.read())
                want("what is in it", again.stdout if len(again.stdout) <= 400 else "much", "much")
    target.ends("over")


CASES = {f.__name__: f for f in (
    thread, execve, leader, names, killed, untraced, many, late, account, strace, gdb, leak_sanitizer, nobody,
    inherited, creators, creators_many, creators_burst, creators_closed, creators_doubt, creators_aside, creators_fail,
    creators_leader, creators_times, creators_nobody, creators_guards, present, present_makes, present_creators,
    present_ends, present_denied, asked_to_end, auto, dark, set_user_id, no_ring, denied, recorded)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return 0
    thrtrace, where, *chosen = sys.argv[1:]

    for name in chosen or CASES:
        try:
            CASES[name](Run(thrtrace, where))
        except Failure as e:
            print(f"{name}: {e}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

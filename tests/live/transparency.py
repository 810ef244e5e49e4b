#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a program can see of itself is the same with and without thrtrace, in every mode.

    transparency.py THRTRACE TRACEES CASE   (TRACEES: the directory of the built programs of tests/tracees)
    transparency.py --list                  names the cases
"""
import errno
import itertools
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from harness import (SLOWER, Failure, Trace, become_subreaper, check_leftovers, check_same, descendants, end_leftovers,
                     run, run_traced, sanitizer_options, skip, wait_until, ways)

TIMEOUT = 30
MODES = {"filter": [], "all": ["--no-seccomp"], "light": ["--light"]}
VARIANTS = {name + follow: options + ([follow.strip()] if follow else [])
            for name, options in MODES.items() for follow in ("", " -f")}
TRIED = [name + follow for name, follow in ways(MODES, ("", " -f"))]


class Case:
    def __init__(self, thrtrace, tracees, cwd):
        self.thrtrace, self.tracees, self.cwd = thrtrace, tracees, cwd
        self.failures, self.timeout = [], TIMEOUT

    def program(self, name):
        return os.path.join(self.tracees, name)

    def path(self, name):
        return os.path.join(self.cwd, name)

    def each(self, check, variants=None):
        """check(options) for each variant; what fails is gathered, so that one run shows all."""
        for name in variants or TRIED:
            try:
                check(VARIANTS[name])
            except Failure as e:
                self.failures.append(f"in mode {name}: {e}")

    def compare(self, argv, what="", variants=None, mask=lambda text: text, result=None, **popen):
        """Plain, then traced in each variant: status, output, and what result() gives after each run."""
        def again():
            return {key: value() if callable(value) and key == "stdin" else value for key, value in popen.items()}

        plain = run(argv, self.timeout, cwd=self.cwd, **again())
        want = result() if result else None
        check_leftovers("untraced")

        def check(options):
            try:
                traced, events = run_traced(self.thrtrace, options, argv, self.timeout, cwd=self.cwd, **again())
                check_same(plain, traced, mask)
                got = result() if result else None
                if got != want:
                    raise Failure(f"untraced:\n{want}traced:\n{got}")
                Trace(events)
            except Failure as e:
                raise Failure(f"{what}: {e}") from None

        self.each(check, variants)
        return plain


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


# ---- what a program finds at its start ----

def start_with(case, what, preexec=None, args=("-",), **more):
    """The test's own process group: one of its own would be named after thrtrace in one run, the program in the other."""
    result = None if args[0] == "-" else lambda: read(case.path(args[0]))
    plain = case.compare([case.program("start_state"), *args], what, result=result,
                         **{"process_group": None, "preexec_fn": preexec, **more})
    if plain.code != 42:
        raise Failure(f"{what}: the program fails: {plain.code} {plain.err}")


def start_arguments(case):
    start_with(case, "arguments", args=("-", "", "a b", "\t\x1b[31m\n", "\udcff\udc80", "-f", "--", "--light"))
    start_with(case, "environment", env={"A": "1", "B": "", "EMPTY": "=", "C": "\x1b\udcfe\n", "PATH": "/nowhere"})
    start_with(case, "no environment", env={})


def start_signals(case):
    # A signal that is handled is no longer ignored after execve.
    sanitizer_options(":".join(f"handle_{name}=0" for name in ("segv", "sigbus", "abort", "sigfpe", "sigill")))
    def blocked():
        signal.pthread_sigmask(signal.SIG_SETMASK, [s for s in range(1, 65) if s not in (9, 19, 32, 33)])

    def ignored(*which):
        def do():
            for s in which:
                signal.signal(s, signal.SIG_IGN)
        return do

    start_with(case, "all blocked", blocked)
    start_with(case, "SIGCHLD ignored", ignored(signal.SIGCHLD))
    start_with(case, "SIGPIPE ignored", ignored(signal.SIGPIPE), restore_signals=False)
    start_with(case, "SIGPIPE not ignored", ignored(signal.SIGHUP, signal.SIGTTOU, signal.SIGTSTP, signal.SIGINT,
                                                           signal.SIGUSR1, signal.SIGXFSZ))
    start_with(case, "all ignored", ignored(*[s for s in signal.valid_signals() if s not in (9, 19)]), restore_signals=False)


def start_files(case):
    inherited = []
    for _ in range(5):
        fd = os.open(case.cwd, os.O_RDONLY | os.O_CLOEXEC)
        os.set_inheritable(fd, True)
        inherited.append(fd)
    os.dup2(inherited[0], 500)
    os.lseek(inherited[1], 0, os.SEEK_SET)
    start_with(case, "descriptors", pass_fds=[*inherited, 500])

    def close(*which):
        def do():
            for fd in which:
                os.close(fd)
        return do

    for which in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
        start_with(case, f"{which} closed", close(*which), args=("out",))


def start_limits(case):
    def limit(*pairs):
        def do():
            for what, soft, hard in pairs:
                resource.setrlimit(what, (soft, hard))
        return do

    with open(case.thrtrace, "rb") as f:
        sanitized = b"__asan_init" in f.read()
    space = resource.RLIM_INFINITY if sanitized else 1 << 32 # a sanitizer's shadow memory is larger than any limit
    start_with(case, "limits", limit((resource.RLIMIT_NOFILE, 1000, 2000), (resource.RLIMIT_CORE, 0, 4096),
                                     (resource.RLIMIT_STACK, 1 << 20, 1 << 24), (resource.RLIMIT_CPU, 100, 200),
                                     (resource.RLIMIT_AS, min(space, 1 << 31), space),
                                     (resource.RLIMIT_FSIZE, 1 << 20, 1 << 21)))
    start_with(case, "few descriptors", limit((resource.RLIMIT_NOFILE, 12, 12)))


def start_process(case):
    def other():
        os.umask(0o137)
        os.chdir("/usr")
        os.nice(3)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    start_with(case, "directory, umask, nice, affinity", other)
    # The session and the group are named after thrtrace or after the program: only compared with themselves.
    ids = lambda text: re.sub(r"(?m)^(pgrp|sid) \d+$", r"\1 #", text)  # noqa: E731
    start_with(case, "a session of its own", mask=ids, start_new_session=True)


def start_input(case):
    with open(case.path("in"), "w", encoding="ascii") as f:
        f.write("0123456789")

    def at_four():
        f = open(case.path("in"), "rb", buffering=0)
        f.seek(4)
        return f

    def from_socket():
        a, b = socket.socketpair()
        b.sendall(b"through a socket")
        b.close()
        return a

    start_with(case, "a file", stdin=at_four)
    start_with(case, "a socket", stdin=from_socket)


def start_failures(case):
    """A program that can't be run: said by thrtrace, and its status is the shell's."""
    with open(case.path("text"), "w", encoding="ascii") as f:
        f.write("no program\n")
    for mode, want in ((0o644, 126), (0o755, 126)):
        os.chmod(case.path("text"), mode)
        case.each(lambda options, want=want: expect_code(case, options, [case.path("text")], want))
    case.each(lambda options: expect_code(case, options, [case.path("missing")], 127))


def expect_code(case, options, argv, want):
    ran = run([case.thrtrace, *options, "-o", os.devnull, "--", *argv], TIMEOUT)
    check_leftovers("after the trace")
    if ran.code != want or not ran.err.startswith("thrtrace: ") or ran.err.count("\n") != 1:
        raise Failure(f"{argv}: status {ran.code}, {want} expected: {ran.err}")


def exit_status(case):
    for code in (0, 1, 125, 126, 127, 128, 255):
        case.compare(["sh", "-c", f"exit {code}"], f"exit {code}")
    for sig in ("HUP", "INT", "QUIT", "KILL", "TERM", "SEGV", "PIPE", "ALRM", "TRAP", "SYS", "USR1", "RTMIN", "RTMAX",
                "XFSZ", "32", "33"):
        case.compare(["bash", "-c", f"kill -{sig} $$"], f"SIG{sig}")


def trace_lost(case):
    """The trace can't be written any more: the program goes on to its end. Of a reader that has gone nothing is said."""
    sanitizer_options("detect_leaks=0") # it warns of a process that thrtrace makes to let go of its tracees
    argv = ["bash", "-c", "for i in {1..400}; do (exit 3); done; echo done; exit 6"]

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    def check(options, target, told, preexec=None):
        ran = run([case.thrtrace, *options, "--format=json", "-o", target, "--", *argv], TIMEOUT, preexec_fn=preexec)
        check_leftovers("after the trace")
        if ran.out != "done\n" or ran.code != (125 if told else 6) or told not in ran.err or bool(ran.err) != bool(told):
            raise Failure(f"-o {target}: status {ran.code}: {ran.out}{ran.err}")

    case.each(lambda options: check(options, "|head -c 100 > /dev/null", ""))
    case.each(lambda options: check(options, "/dev/full", os.strerror(errno.ENOSPC)))
    case.each(lambda options: check(options, case.path("trace"), os.strerror(errno.EFBIG), small_files))


def own_filter(case):
    """A sandbox that asks for a tracer, of which there is none: its calls fail, and thrtrace does not let them pass."""
    plain = case.compare([case.program("own_filter")])
    if plain.code != 0 or plain.out.count("fails") != 3 or plain.out.count("is refused") != 3:
        raise Failure(f"the program: {plain.code} {plain.out}{plain.err}")


def joined_then_alone(case):
    """A thread that was joined is gone, also under a tracer: it had been there still in one run of ten with --light.

    On one CPU: on two a thread that joins without a wait may come while the other one dies, and with a busy machine and a
    tracer it does, in one run of six."""
    runs, program = 120, case.program("userns")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    alone = [run([program], TIMEOUT).code for _ in range(runs // 4)]
    if any(alone):  # there: as on emulated machines from Linux 6.12 on
        skip("user namespaces can't be had" if 77 in alone else
             f"the thread is still there without thrtrace, too: {len(alone) - alone.count(0)} times of {len(alone)}")

    def check(options):
        bad = sum(run([case.thrtrace, *options, "-o", os.devnull, "--", program], TIMEOUT).code != 0 for _ in range(runs))
        if bad > runs // 50:
            raise Failure(f"{bad} of {runs} times the thread was still there")
        ran = run([case.thrtrace, *options, "--", program, "alive"], TIMEOUT)
        if ran.code != 22 or "--light" not in options and not re.search(r"has other threads.* One of them is T1 \(tid", ran.err):
            raise Failure(f"status {ran.code}: {ran.err}")

    case.each(check, MODES)


def dies_in_execve(case):
    """A file that the kernel finds out too late it can't load: there is a trace of it, and its status is the program's."""
    path, size = case.path("unloadable"), 1 << 62
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62 if os.uname().machine == "x86_64" else 183, 1, 0x400000,
                         64, 0, 0, 64, 56, 1, 0, 0, 0)
    with open(path, "wb") as f:
        f.write(header + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 0, size, 4096))
    os.chmod(path, 0o755)
    plain = run([path], TIMEOUT)
    if plain.code not in (-signal.SIGSEGV, -signal.SIGKILL):
        skip(f"this kernel ends it otherwise: {plain.code} {plain.err}")

    def check(options):
        traced, events = run_traced(case.thrtrace, options, [path], TIMEOUT)
        check_same(plain, traced, lambda text: text)
        trace = Trace(events)
        if len(trace.births) != 1 or [e["how"] for e in trace.ends.values()] != ["signal"]:
            raise Failure(f"{events}")
        text = run([case.thrtrace, *options, "--", path], TIMEOUT).err
        if "inside execve" not in text or "no findings" not in text:
            raise Failure(text)

    case.each(check)


def closed_files(case):
    """A record must not get the number of a closed descriptor, and thrtrace's own messages with it."""
    sanitizer_options("detect_leaks=0") # said on standard error, which is closed
    every = ((2,), (0, 2), (1, 2), (0, 1, 2))
    turn = itertools.cycle(every)

    def check_with(options, which):
        def close():
            for fd in which:
                os.close(fd)

        tape = case.path("tape")
        for to, args, code in (("/dev/full", [case.program("many")], 125), (os.devnull, [case.program("many")], 0),
                               (os.devnull, ["-p", "999999999"], 1)):
            ran = run([case.thrtrace, *options, "--record=" + tape, "-o", to, *args], TIMEOUT, preexec_fn=close)
            check_leftovers("after the trace")
            again = run([case.thrtrace, "--replay=" + tape, "-o", os.devnull], TIMEOUT)
            if code != ran.code or code == 0 and again.code != 0 or b"thrtrace: " in open(tape, "rb").read():
                raise Failure(f"{which} closed, -o {to}: status {ran.code}; the record: {again.code} {again.err}")

    def check(options):
        for which in every if SLOWER <= 1 else [next(turn)]:
            check_with(options, which)

    case.each(check)


def little_memory(case):
    """thrtrace runs out of memory: the program goes on to its end, and its end is thrtrace's."""
    with open(case.thrtrace, "rb") as f:
        if b"__asan_init" in f.read():
            skip("a sanitizer's shadow memory is larger than any limit")

    def check(options):
        out = case.path("out")
        with open(out, "wb") as f:
            p = subprocess.Popen([case.thrtrace, *options, "--format=json", "-o", case.path("trace"), "--",
                                  case.program("spawner"), "1"], stdout=f, stderr=subprocess.PIPE)
        wait_until("the program begins", lambda: "ready" in read(out))
        resource.prlimit(p.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        p.wait(TIMEOUT)
        said = p.stderr.read()
        p.stderr.close()
        check_leftovers("after the trace")
        if not re.fullmatch(r"ready\nmade \d+, wrong 0\n", read(out)) or p.returncode not in (0, 125):
            raise Failure(f"status {p.returncode}: {read(out)!r}, {said!r}")

    case.each(check)


# ---- signals, waits, job control ----

def signals(case):
    plain = case.compare([case.program("siginfo"), str(int(signal.SIGRTMIN) + 5)])
    if plain.code != -(signal.SIGRTMIN + 5) or plain.err:
        raise Failure(f"the program fails: {plain.code} {plain.err}")


def stops(case):
    plain = case.compare([case.program("stop_status")])
    if plain.code != 0:
        raise Failure(f"the program fails: {plain.code} {plain.err}")


def children(case):
    plain = case.compare([case.program("children")])
    if plain.code != 0:
        raise Failure(f"the program fails: {plain.code} {plain.err}")


class Terminal:
    """A program in a session of its own on a pseudo-terminal, with a script of what is typed."""
    PROMPT = "READY> "

    def __init__(self, argv):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(argv[0], argv, {"PATH": os.environ["PATH"], "PS1": self.PROMPT, "TERM": "dumb", "LC_ALL": "C"})
            finally:
                os._exit(99)

    def await_text(self, wanted, since):
        deadline = time.monotonic() + TIMEOUT
        while wanted not in self.text[since:]:
            if time.monotonic() > deadline or not select.select([self.fd], [], [], TIMEOUT)[0]:
                raise Failure(f"no {wanted!r} in {self.text[since:]!r}; all: {self.text!r}")
            try:
                got = os.read(self.fd, 4096)
            except OSError: # EIO: nobody has it open any more
                got = b""
            if not got:
                raise Failure(f"the terminal is closed without {wanted!r}; all: {self.text!r}")
            self.text += got.decode(errors="replace")

    def type(self, keys, wanted):
        since = len(self.text)
        os.write(self.fd, keys.encode())
        self.await_text(wanted, since)

    def end(self):
        deadline, status = time.monotonic() + TIMEOUT, None
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if select.select([self.fd], [], [], 0.01)[0]:
                try:
                    os.read(self.fd, 4096)
                except OSError:
                    time.sleep(0.01)
        else:
            raise Failure(f"it does not end; all: {self.text!r}")
        return os.waitstatus_to_exitcode(status)

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)
        end_leftovers(descendants())


def converse(argv, script):
    """script: (keys, what to wait for) in turn. What was shown, with numbers masked, and the exit status."""
    terminal = Terminal(argv)
    try:
        terminal.await_text(Terminal.PROMPT, 0)
        for keys, wanted in script:
            terminal.type(keys, wanted)
            time.sleep(0.05 * SLOWER)  # as a person; the shell is back at its prompt, and has the terminal
        code = terminal.end()
    finally:
        terminal.close()
    return re.sub(r"\d{3,}", "#", terminal.text.replace("\r\n^Z[", "^Z\r\n[")), code  # its echo races with a new line


# Pauses that are longer than it takes to type the next line, or the kernel to stop a job.
JOBS = (
    ("echo $((6*7)); tty >/dev/null && echo on a terminal\n", "terminal\r\n" + Terminal.PROMPT),
    ("sh -c 'echo be''gun; exec sleep 60'\n", "begun"),
    ("\x1a", Terminal.PROMPT),
    ("jobs -r; jobs -s\n", Terminal.PROMPT),
    ("fg\n", "sleep 60"),
    ("\x03", Terminal.PROMPT),
    ("echo status $?\n", "status 130\r\n" + Terminal.PROMPT),
    (f"sh -c 'sleep {0.3 * SLOWER:g}; exit 9' & \n", Terminal.PROMPT),
    ("fg\n", Terminal.PROMPT),
    ("echo status $?\n", "status 9\r\n" + Terminal.PROMPT),
    ("sleep 60 | cat & \n", Terminal.PROMPT),
    (f"kill -STOP %1; sleep {0.2 * SLOWER:g}; jobs\n", "| cat\r\n" + Terminal.PROMPT),
    (f"bg; sleep {0.1 * SLOWER:g}; kill %1; wait %1; echo status $?\n", "status 143\r\n" + Terminal.PROMPT),
    (f"stty tostop; (echo from behind) & sleep {0.2 * SLOWER:g}; jobs\n", "from behind )\r\n" + Terminal.PROMPT),
    ("fg\n", "from behind\r\n" + Terminal.PROMPT),
    ("exit 5\n", "exit\r\n"),
)


def terminal(case):
    """A shell with job control under thrtrace."""
    bash = shutil.which("bash")
    shell = [bash, "--norc", "--noprofile", "--noediting", "-i"]
    want = converse(shell, JOBS)
    if want[1] != 5:
        raise Failure(f"untraced: {want}")

    def check(options):
        with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as page:
            got = converse([case.thrtrace, *options, "-o", page.name, "--", *shell], JOBS)
        if got != want:
            raise Failure(f"untraced:\n{want}\ntraced:\n{got}")

    case.each(check)


def terminal_own(case):
    """thrtrace itself is a job of a shell: Ctrl-Z stops it with the program, fg continues both."""
    bash = shutil.which("bash")
    shell = [bash, "--norc", "--noprofile", "--noediting", "-i"]
    program = ("bash -c 'trap \"echo go''ing on\" CONT; trap \"echo int; exit 7\" INT; echo be''gun; "
               "while :; do sleep 0.1; done'")

    def script(command):
        return (("run() { " + command + "; }\n", Terminal.PROMPT), ("run\n", "begun"), ("\x1a", Terminal.PROMPT),
                ("echo status $?; jobs -s | wc -l\n", Terminal.PROMPT), ("fg\n", "going on"), ("\x1a", Terminal.PROMPT),
                ("bg\n", "going on"), ("fg\n", "done'\r\n"),
                ("\x03", "int"), ("echo status $?\n", "status 7"), ("exit 3\n", "\r\nexit\r\n"))

    def shown(tracer):
        text, code = converse(shell, script(tracer + program))
        # The shell's prompt and the program's words race for the terminal.
        return sorted(text.replace(tracer, "").replace(Terminal.PROMPT, "\r\n").split("\r\n")), code

    want = shown("")

    def check(options):
        got = shown(f"{case.thrtrace} {' '.join([*options, '-q -o /dev/null -- '])}")
        if got != want:
            raise Failure(f"untraced:\n{want}\ntraced:\n{got}")

    case.each(check)


def terminal_trace(case):
    """The trace goes to the terminal itself, with tostop, and from behind the foreground group: thrtrace is not stopped."""
    bash = shutil.which("bash")
    script = (("stty tostop; true\n", Terminal.PROMPT),
              ("bash -c 'ulimit -n >/dev/null; (exit 3)'; echo status $?\n", "status 3"), ("exit 4\n", "exit"))

    def check(options):
        _, code = converse([case.thrtrace, *options, "--", bash, "--norc", "--noprofile", "--noediting", "-i"], script)
        if code != 4:
            raise Failure(f"status {code}, not 4")

    case.each(check)


# ---- rights, and other tracers ----

NOBODY = 65534


def set_uid_copy(case):
    if os.geteuid() != 0:
        skip("making a set-user-ID program needs root")
    path = case.path("whoami")
    shutil.copy(case.program("whoami"), path)
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755)
    os.chmod(case.cwd, 0o755)
    plain = run([path], TIMEOUT, user=NOBODY, group=NOBODY, extra_groups=[])
    if "effective 0" not in plain.out:
        skip("set-user-ID programs have no effect in " + case.cwd)
    return path


def set_uid(case):
    """Traced by root, and started by a program that has given up root: as untraced. Traced by nobody: said, and without."""
    path = set_uid_copy(case)
    if not shutil.which("setpriv"):
        skip("setpriv is missing")
    thrtrace = shutil.copy(case.thrtrace, case.path("thrtrace")) # where nobody can get at it
    plain = shutil.copy(case.program("whoami"), case.path("plain"))
    case.compare(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", path], "root's tracer")

    def by_nobody(options):
        with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as d:
            os.chmod(d, 0o777)
            for argv in ([path], [plain, path]):
                ran = run([thrtrace, *options, "-o", os.path.join(d, "trace"), "--", *argv], TIMEOUT, user=NOBODY,
                          group=NOBODY, extra_groups=[])
                check_leftovers("after the trace")
                if not ran.out.startswith(f"real {NOBODY}, effective {NOBODY}, ") or ran.code != 1:
                    raise Failure(f"it runs as {ran.out}{ran.err}{ran.code}")
                if "set-user-ID" not in ran.err + read(os.path.join(d, "trace")):
                    raise Failure(f"nothing is said of set-user-ID: {ran.err}")

    case.each(by_nobody)


def debugger(case):
    """A program that traces its children: only where they are let go."""
    free = [name for name in VARIANTS if name in ("all", "light")]
    case.compare([case.program("mini_debugger")], variants=free)

    def refused(options):
        with tempfile.TemporaryDirectory() as d:
            trace = os.path.join(d, "trace")
            ran = run([case.thrtrace, *options, "-o", trace, "--", case.program("mini_debugger")], TIMEOUT)
            check_leftovers("after the trace")
            if ran.out != "PTRACE_TRACEME: EPERM\nexit 9 after 0 stop(s)\n" or ran.code != 9:
                raise Failure(f"{ran.out}{ran.err}{ran.code}")
            if "--light" not in options and "asks to be traced (PTRACE_TRACEME) and gets EPERM" not in read(trace):
                raise Failure(f"why is not said: {read(trace)}")

    case.each(refused, [name for name in VARIANTS if name not in free])


def gdb(case):
    if not shutil.which("gdb"):
        skip("gdb is missing")
    numbers = lambda text: re.sub(r"\d{3,}|0x[0-9a-f]+", "#", text)  # noqa: E731
    case.compare(["gdb", "-nx", "-batch", "-ex", "run", "-ex", "p $_exitcode", "/bin/false"], variants=["all", "light"],
                 mask=numbers)


CASES = {f.__name__: f for f in (
    start_arguments, start_signals, start_files, start_limits, start_process, start_input, start_failures, exit_status,
    trace_lost, own_filter, joined_then_alone, dies_in_execve, closed_files, little_memory, signals, stops, children, terminal, terminal_own, terminal_trace, set_uid, debugger, gdb)}


def run_cases(cases):
    """The main function of a driver: --list, or THRTRACE TRACEES CASE."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join(cases))
        return 0
    thrtrace, tracees, name = sys.argv[1:]
    become_subreaper()
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as cwd:
        case = Case(os.path.abspath(thrtrace), os.path.abspath(tracees), cwd)
        try:
            cases[name](case)
        except Failure as e:
            case.failures.append(str(e))
    for failure in case.failures:
        print(f"FAILED: {failure}"[:6000])
    return len(case.failures) != 0


if __name__ == "__main__":
    sys.exit(run_cases(CASES))

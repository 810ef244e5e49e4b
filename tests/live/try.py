#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""try.py THRTRACE CASE: --try on the running kernel: what is said is seen, and nothing is left behind.

THRTRACE_TRY_WORDS=2000 tries so many random words in place of a few, THRTRACE_TRY_SEED=8 others.
"""
import ctypes
import json
import os
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

from harness import Failure, run_case, skip, wait_until

THRTRACE = (sys.argv + [""])[1]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
RANDOM_WORDS = int(os.environ.get("THRTRACE_TRY_WORDS", "4"))
SEED = int(os.environ.get("THRTRACE_TRY_SEED", "7"))
AT_ONCE = 50

# glibc's, musl's and Go's threads, forks and vforks, LinuxThreads, each flag that shares alone, what sets up and behaves.
WORDS = [
    "fork", "vfork", "pthread_create", "posix_spawn", "0x7d0f00", "0x50f00", "0xf00", "0", "SIGCHLD", "vm", "vm|fs|files",
    "fs", "files", "vm|sighand|SIGCHLD", "io|SIGCHLD", "sysvsem|SIGCHLD", "vm|sysvsem|settls", "settls|SIGUSR1",
    "parent", "vm|parent|child_settid", "vm|sighand|thread", "vm|vfork|sighand|files", "pidfd|SIGCHLD",
    "vm|pidfd|vfork|SIGCHLD", "vfork|SIGUSR2", "clear_sighand|SIGCHLD", "clear_sighand|vm|vfork|SIGCHLD", "untraced",
    "ptrace|SIGCHLD", "parent_settid|child_settid|child_cleartid|SIGCHLD", "vm|child_cleartid|child_settid",
    "vfork|SIGKILL", "SIGKILL",
]
# Linux 7.1's; before that they are refused as it is said.
NEWEST = ["autoreap", "autoreap|vm|vfork", "nnp|SIGCHLD", "nnp|vm|vfork|SIGCHLD", "pidfd|autoreap|nnp|pidfd_autokill",
          "pidfd|autoreap|nnp|pidfd_autokill|vm|files", "pidfd|autoreap|nnp|pidfd_autokill|vfork", "pidfd|autoreap",
          "pidfd|autoreap|pidfd_autokill", "empty_mntns|SIGCHLD", "empty_mntns|newuser|SIGCHLD"]
NAMESPACES = ["newuser", "newns|SIGCHLD", "newpid|SIGCHLD", "newnet", "newipc|newuts|newcgroup", "newtime", "newtime|vm|SIGCHLD",
              "newuser|newpid|newns|newtime|newnet", "newpid|vm|sighand|SIGCHLD", "newpid|vm|sighand|SIGUSR1"]
PARTED = ["fs", "files|sysvsem", "newuser", "newns", "newpid|newtime", "newpid", "newtime", "newuser|newpid|newtime", "newipc",
          "thread|vm|sighand", "unshare_empty_mntns", "0"]
RARE = {0x20000: 8, 0x2000000: 8, 0x4000000: 8, 0x8000000: 8, 0x10000000: 8, 0x20000000: 25, 0x40000000: 25}


def random_parted(rng):
    """Of what unshare takes, each rather not."""
    bits = [0x80, 0x200, 0x400, 0x20000, 0x40000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
    return hex(sum(bit for bit in bits if rng.randrange(3) == 0))


def random_newest(rng, word):
    """One of random_word with flags of Linux 7.1's, and what they need."""
    word = int(word, 16)
    if rng.randrange(8) == 0 and not word & 0x200:
        word |= 1 << 37
    if rng.randrange(2) or word & 0x10000:
        return hex(word)
    word |= rng.choice([0, 1 << 35])
    if not word & 0x8000 and rng.randrange(2):
        word = word & ~0xff | word & 0x80 | 1 << 34
        if word & 0x1000 and rng.randrange(3):
            word |= 1 << 35 | 1 << 36
    return hex(word)


def random_word(rng):
    w = sum(1 << bit for bit in range(8, 33) if rng.randrange(RARE.get(1 << bit, 2)) == 0)
    w |= 0x80 if rng.randrange(8) == 0 else 0
    w &= ~(0x400000 | (0x4000 if rng.randrange(3) else 0))
    if w & 0x10000:
        w = (w | 0x800) & ~0x30000000
    if w & 0x800:
        w = (w | 0x100) & ~0x100000000
    if w & 0x10020000:
        w &= ~0x200
    if w & 0x8000000:
        w &= ~0x40000
    return hex(w | (0 if w & 0x18000 else rng.choice([0, 17, 17, 10, 12, 34])))


def run(words, *options, by=()):
    r = subprocess.run([*by, THRTRACE, "--try", "--format=json", *options, *words], capture_output=True, text=True, check=False,
                       timeout=300)
    if r.returncode > 1 or r.stderr:
        if "nothing can be tried: Function not implemented" in r.stderr:
            skip("no raw clone for this machine")
        raise Failure(f"status {r.returncode}: {r.stderr}")
    return [json.loads(line) for line in r.stdout.splitlines()]


def compare(words, *options, by=()):
    """How many words were accepted. Fails where one is not as it was said."""
    accepted, tried = 0, 0
    for row in run(words, *options, by=by):
        if "accepted" in row:
            accepted += row["accepted"]
            if row["said_errno"] != row["errno"] and (row["said_errno"] or row["errno"] not in ("EAGAIN", "ENOSPC", "ENOMEM")):
                raise Failure(f"the verdict is wrong: {row}")
        elif row["agrees"] is False:
            raise Failure(f"seen is not what is said: {row}")
        elif row["agrees"] is None and ("the experiment" in row["why_not"] or "did not" in row["why_not"]):
            raise Failure(f"an experiment broke: {row}")
        tried += row.get("agrees") is True
    if tried < 10 * accepted:
        raise Failure(f"{tried} rows of {accepted} words were tried")
    return accepted


def all_words(by=()):
    compare(WORDS + NEWEST, "--call=clone3", by=by)
    compare(WORDS, by=by)
    newest = run(["autoreap"], "--call=clone3", by=by)[0]["accepted"]
    if os.geteuid() == 0 and not by and " - cgroup2 " in text_of("/proc/self/mountinfo"):
        compare(["into_cgroup|SIGCHLD", "into_cgroup|newcgroup|SIGCHLD", "into_cgroup|vm|vfork|SIGCHLD"], by=by)
    accepted = compare(NAMESPACES, "--call=clone3", by=by)
    compare(PARTED, "--call=unshare", by=by)
    rng, seen, parted = random.Random(SEED), 0, 0
    while seen < RANDOM_WORDS:
        words = [random_word(rng) for _ in range(min(AT_ONCE, RANDOM_WORDS))]
        seen += compare([random_newest(rng, w) if newest else w for w in words], "--call=clone3", by=by)
    while parted < RANDOM_WORDS / 10:
        parted += compare([random_parted(rng) for _ in range(min(AT_ONCE, RANDOM_WORDS))], "--call=unshare", by=by)
    print(f"{seen} random words, {accepted} of namespaces, {parted} of unshare")


def said_is_seen_by_nobody():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        skip("becoming another user needs root, and setpriv of util-linux")
    if subprocess.run([*NOBODY, THRTRACE, "--version"], capture_output=True, check=False).returncode:
        skip("nobody may not run thrtrace where it lies")
    all_words(by=NOBODY)


def processes():
    """Those whose program is thrtrace."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.samefile(f"/proc/{pid}/exe", THRTRACE) and os.stat(f"/proc/{pid}").st_uid == os.geteuid():
                found.append(pid)
        except OSError:
            pass
    return found


def text_of(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return None


def system():
    """What a try could leave behind or change; of this process's own namespaces, and of processes it would have made."""
    tables = {name: text_of(f"/proc/sysvipc/{name}") for name in ("sem", "msg", "shm")}
    # Who has attached to shared memory, and when semaphores were used, is others' doing.
    counts = {name: len((text or "").splitlines()) for name, text in tables.items()}
    groups = sorted(path for path, folders, _ in os.walk("/sys/fs/cgroup"))
    return {"shm": sorted(os.listdir("/dev/shm")), "ipc": counts, "mounts": text_of("/proc/self/mountinfo"), "host": socket.gethostname(), "cgroups": groups,
            "domain": text_of("/proc/sys/kernel/domainname"), "cwd": os.getcwd(), "own": sorted(os.listdir("."))}


def difference():
    """What is other after all words than before; None."""
    before, others = system(), set(processes())
    all_words()
    after = system()
    for pid in set(processes()) - others:
        if "--try" in (text_of(f"/proc/{pid}/cmdline") or ""):
            raise Failure(f"process {pid} is left")
    return next((f"{key}: {was} before, {after[key]} after" for key, was in before.items() if after[key] != was), None)


def leaves_nothing():
    """Others change the system as well, but not each time."""
    found = [difference()]
    while found[-1] and len(found) < 4:
        found.append(difference())
    if found[-1]:
        raise Failure("\n".join(found))


def closed_and_limited():
    """With no standard input, few descriptors and little else."""
    words = ["fork", "pthread_create", "vfork"]
    sh = ["sh", "-c", 'ulimit -n 24; ulimit -c 0; ulimit -f 0; exec "$@" <&-', "sh"]
    if compare(words, by=sh) != len(words):
        raise Failure("not all words were accepted")


REASONS = ["kernel's own memory", "needs two CPUs"]


def reasons(words, expected, how):
    """Whoever runs like that is told nothing false, and of each row that can't be tried the reason. The rows."""
    r = subprocess.run([THRTRACE, "--try", "--format=json", *words], capture_output=True, text=True, check=False, preexec_fn=how,
                       timeout=300)
    if r.returncode > 1 or r.stderr:
        raise Failure(f"status {r.returncode}: {r.stderr}")
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    for row in rows:
        if row.get("agrees") is False:
            raise Failure(f"seen is not what is said: {row}")
        if row.get("why_not") and not any(text in row["why_not"] for text in [*expected, *REASONS]):
            raise Failure(f"a reason that is none: {row}")
    return [row["resource"] for row in rows if expected[0] in (row.get("why_not") or "")]


def few_descriptors_are_the_reason():
    for n in (4, 5, 7, 9):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)) # pylint: disable=cell-var-from-loop
        found = reasons(["fork", "pthread_create"], ["Too many open files"], few)
        if (n == 4 and len(found) < 10) or (n == 9 and found):
            raise Failure(f"{n} descriptors: {found}")


# Of x86-64: setitimer, ioprio_set, set_mempolicy, mlock, setsid, rseq, memfd_create, set_robust_list, ptrace, semget, seccomp
FORBIDDEN = {38, 251, 238, 149, 112, 334, 319, 273, 101, 64}
ROWS = ["files", "session", "sysvsem", "io_context", "robust_list", "rseq", "numa_policy", "timers", "mlock", "ptrace"]


def forbid():
    """A filter by which these calls are EPERM: for each two instructions, and at last what is allowed."""
    program = struct.pack("HBBI", 0x20, 0, 0, 0)
    for nr in FORBIDDEN:
        program += struct.pack("HBBI", 0x15, 0, 1, nr) + struct.pack("HBBI", 0x06, 0, 0, 0x50001)
    program += struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)
    code = ctypes.create_string_buffer(program, len(program))
    whole = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.create_string_buffer(whole, len(whole)), 0, 0):
        os._exit(99)


def a_filter_is_the_reason():
    if os.uname().machine != "x86_64":
        skip("numbers of calls are those of x86-64")
    found = reasons(["fork", "vm|sighand|SIGCHLD"], ["Operation not permitted"], forbid)
    if found != ROWS * 2:
        raise Failure(f"forbidden are {found}")


def killed_while(there, words, by):
    """Ends thrtrace in the middle, when that is there; which is gone then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with subprocess.Popen([*by, THRTRACE, "--try", *words * 20], stdout=subprocess.DEVNULL) as p:
            while p.poll() is None and not there():
                time.sleep(0.0005)
            killed = p.poll() is None
            p.send_signal(signal.SIGKILL)
        if killed:
            wait_until("what was there is removed", lambda: not there())
            return
    raise Failure("it was never there")


def groups():
    return [path for path, _, _ in os.walk("/sys/fs/cgroup") if "thrtrace-try-" in path]


def semaphores():
    """Of nobody's."""
    return [line for line in (text_of("/proc/sysvipc/sem") or "").splitlines() if line.split()[4] == "65534"]


def removes_what_it_made_though_it_is_killed():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        skip("a control group is made by root, and becoming nobody needs it, and setpriv of util-linux")
    killed_while(semaphores, ["fork"], NOBODY)
    if compare(["into_cgroup|SIGCHLD"]) and any("thrtrace-try" in (row.get("evidence") or "") for row in run(["into_cgroup|SIGCHLD"])):
        killed_while(groups, ["into_cgroup|SIGCHLD"], [])
    wait_until("its processes end", lambda: not any("--try" in (text_of(f"/proc/{pid}/cmdline") or "") for pid in processes()))


CASES = [said_is_seen_by_nobody, leaves_nothing, closed_and_limited, few_descriptors_are_the_reason, a_filter_is_the_reason,
         removes_what_it_made_though_it_is_killed]
if __name__ == "__main__":
    run_case(CASES, 2)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""try.py THRTRACE CASE: --try on the running kernel: what is said is seen, and nothing is left behind.

THRTRACE_TRY_WORDS=2000 tries so many random words in place of a few.
"""
import json
import os
import random
import shutil
import socket
import subprocess
import sys

from harness import Failure, run_case, skip

THRTRACE = (sys.argv + [""])[1]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
RANDOM_WORDS = int(os.environ.get("THRTRACE_TRY_WORDS", "4"))
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
NAMESPACES = ["newuser", "newns|SIGCHLD", "newpid|SIGCHLD", "newnet", "newipc|newuts|newcgroup", "newtime", "newtime|vm|SIGCHLD",
              "newuser|newpid|newns|newtime|newnet", "newpid|vm|sighand|SIGCHLD", "newpid|vm|sighand|SIGUSR1"]
PARTED = ["fs", "files|sysvsem", "newuser", "newns", "newpid|newtime", "newipc", "thread|vm|sighand", "0"]
RARE = {0x20000: 8, 0x2000000: 8, 0x4000000: 8, 0x8000000: 8, 0x10000000: 8, 0x20000000: 25, 0x40000000: 25}


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
    compare(WORDS, by=by)
    accepted = compare(NAMESPACES, "--call=clone3", by=by)
    compare(PARTED, "--call=unshare", by=by)
    rng, seen = random.Random(7), 0
    while seen < RANDOM_WORDS:
        seen += compare([random_word(rng) for _ in range(min(AT_ONCE, RANDOM_WORDS))], "--call=clone3", by=by)
    print(f"{seen} random words, {accepted} of namespaces")


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
    return {"ipc": counts, "mounts": text_of("/proc/self/mountinfo"), "host": socket.gethostname(), "cgroups": groups,
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


CASES = [said_is_seen_by_nobody, leaves_nothing, closed_and_limited]
if __name__ == "__main__":
    run_case(CASES, 2)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lessons.py THRTRACE TRACEES CASE: programs of --lesson, compiled as they are printed; and that a course leaves nothing."""
import concurrent.futures
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, become, become_subreaper, descendants, reap, run_case, skip, wait_until

THRTRACE = (sys.argv + [""])[1]
SKIPPED = 77
NAMES = {1: "HUP", 6: "ABRT", 7: "BUS", 9: "KILL", 11: "SEGV", 14: "ALRM"}


def lesson(*args, **how):
    r = subprocess.run([THRTRACE, "--lesson", *args], capture_output=True, text=True, check=False, **how)
    if r.returncode:
        raise Failure(f"{args}: status {r.returncode}: {r.stderr}")
    return r.stdout


def course(**how):
    return [json.loads(line) for line in lesson("all", "--format=json", **how).splitlines()]


def said(program):
    """What it prints, and how it ended, as the page has it; None: it can't do that here."""
    r = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                       timeout=30, start_new_session=True)
    if r.returncode == SKIPPED:
        return None
    end = ""
    if r.returncode:
        end = f"(killed by SIG{NAMES[-r.returncode]})\n" if r.returncode < 0 else f"(exit status {r.returncode})\n"
    return r.stdout + end


def compiled(compiler, row, way, folder):
    """What is wrong with one program, built one way."""
    source, program = folder / f"{row['name']}.c", folder / f"{row['name']}-{way}-{pathlib.Path(compiler).name}"
    r = subprocess.run([compiler, "-pthread", "-w", *(["-DWITH"] if way == "with" else []), "-o", program, source],
                       capture_output=True, text=True, check=False)
    if r.returncode:
        return f"{compiler} {program.name}: {r.stderr}"
    printed = said(program)
    program.unlink()
    return "" if printed in (None, row[way]["expected"]) else f"{program.name} printed {printed!r}, not {row[way]['expected']!r}"


def build_all(compiler, turn):
    if not shutil.which(compiler):
        skip(f"no {compiler}")
    rows = course()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = pathlib.Path(name)
        for row in rows:
            (folder / f"{row['name']}.c").write_text(row["program"], encoding="utf-8")
        if lesson(rows[0]["name"], "--format=c") != rows[0]["program"]:
            raise Failure("--format=c prints another program than the JSON has")
        # One compiler builds a program one way and the other the other, so that each builds each program.
        work = [(compiler, row, ("with", "without")[(i + turn) % 2], folder) for i, row in enumerate(rows)]
        bad = [b for b in pool.map(lambda w: compiled(*w), work) if b]
    if bad:
        raise Failure("\n".join(bad))


def gcc_builds_what_is_printed():
    build_all("gcc", 0)


def musl_builds_what_is_printed():
    build_all("musl-gcc", 1)


def system():
    """What a course could leave behind."""
    text = {path: pathlib.Path(path).read_text(encoding="utf-8")
            for path in ("/proc/self/mountinfo", "/proc/sys/kernel/hostname", "/proc/sysvipc/sem", "/proc/sysvipc/shm",
                         "/proc/sysvipc/msg", "/proc/self/cgroup")}
    text["cgroups"] = sorted(str(p) for p in pathlib.Path("/sys/fs/cgroup").glob("**/*lesson*"))
    text["files"] = sorted(os.listdir("/dev/shm") + [n for n in os.listdir("/tmp") if "lesson" in n])
    return text


def nothing_is_left_of_it():
    become_subreaper()
    for _ in range(3): # others use this machine as well
        before = system()
        rows = course()
        after = system()
        if before == after:
            break
    else:
        raise Failure(f"{[(k, before[k], after[k]) for k in before if before[k] != after[k]]}")
    wait_until("its processes end", lambda: not descendants())
    bad = [r["name"] for r in rows if not r["as_expected"] and not (r["with"]["skipped"] or r["without"]["skipped"])]
    if bad:
        raise Failure(f"otherwise than expected: {bad}")


def poor():
    """No stdin, few descriptors, and nobody's rights."""
    os.close(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))
    if os.geteuid() == 0:
        become(65534)


def it_runs_without_rights_and_without_a_stdin():
    print("not possible:", held_in(poor))


def few():
    """One process beside thrtrace: a program can make no other."""
    resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
    become(61234)


def held_in(how):
    """The lessons that were not possible, as nobody; the others are as expected."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(THRTRACE, folder) # nobody may not see the build
        os.chmod(program, 0o755)
        r = subprocess.run([program, "--lesson=all", "--format=json"], capture_output=True, text=True, check=False, preexec_fn=how)
    if r.returncode:
        raise Failure(f"status {r.returncode}: {r.stderr}")
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    for row in rows:
        for way in row["with"], row["without"]:
            if way["printed"] != way["expected"] and not way["skipped"]:
                raise Failure(f"{row['name']}: {way}")
    return [(r["name"], r["with"]["printed"]) for r in rows if r["with"]["skipped"]]


def left_of_few():
    """The semaphores that this user has."""
    rows = [line.split() for line in pathlib.Path("/proc/sysvipc/sem").read_text(encoding="utf-8").splitlines()[1:]]
    return {row[1] for row in rows if row[4] == "61234"}


def where_no_process_can_be_made_it_says_so():
    if os.geteuid():
        skip("needs root, to be a user who has no process")
    before = left_of_few()
    names = [name for name, said in held_in(few) if said]
    if left_of_few() - before:
        raise Failure(f"semaphores are left: {left_of_few() - before}")
    if not {"fork", "vm", "exec", "stack", "newpid"} <= set(names):
        raise Failure(f"only {names} were not possible")


def nobody_is_left_when_it_is_killed():
    become_subreaper()
    with subprocess.Popen([THRTRACE, "--lesson=all"], stdout=subprocess.PIPE) as p:
        p.stdout.read(20000) # somewhere in the course
        p.kill()
    def gone():
        reap()
        return not descendants()
    wait_until("what it has started ends", gone, 5)


def every_format_has_all_lessons():
    names = [json.loads(line)["name"] for line in lesson("--format=json").splitlines()]
    html = lesson("all", "--format=html")
    for name in names:
        if f'<article id="{name}">' not in html or f'<a href="#{name}">' not in html:
            raise Failure(f"{name} is not in the booklet")
    if not lesson(names[0], "CLONE_FILES", "--format=markdown").count("```c\n") == 2:
        raise Failure("two lessons in Markdown have not two programs")
    for bad, status in (("no-such", 2), ("--format=chrome", 125)):
        r = subprocess.run([THRTRACE, "--lesson", bad], capture_output=True, text=True, check=False)
        if r.returncode != status or r.stdout:
            raise Failure(f"{bad}: status {r.returncode}")


CASES = [gcc_builds_what_is_printed, musl_builds_what_is_printed, nothing_is_left_of_it, it_runs_without_rights_and_without_a_stdin,
         where_no_process_can_be_made_it_says_so, nobody_is_left_when_it_is_killed, every_format_has_all_lessons]


if __name__ == "__main__":
    run_case(CASES, 3)

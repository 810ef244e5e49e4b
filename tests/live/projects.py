#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of C projects, of Debian's sources, under --fail-on=error: they end as they do untraced, and no error is found.

    projects.py THRTRACE FOLDER [PROJECT...]

Sources and builds go into FOLDER, and are used again. It needs the network, apt, CMake and some minutes, and is no part of
ctest. As an ordinary user where a project's tests want one: root gives FOLDER's tests to nobody for that.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, become_subreaper, run_main, skip

TOOL, FOLDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
EXIT = 99
SOURCES = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n"


def each_of(pattern):
    return lambda build: [[path] for path in sorted(glob.glob(f"{build}/{pattern}", recursive=True))
                          if os.path.isfile(path) and os.access(path, os.X_OK)]


def groups_of_regress(build):
    """libevent's own runner: it forks a process for each test of a group."""
    return [[f"{build}/bin/regress", "--quiet", group + "/.."] for group in (
        "thread", "util", "evbuffer", "bufferevent", "finalize", "heap", "listener", "evtag", "et", "signal")]


def tests_of_libuv(build):
    program = f"{build}/uv_run_tests_a"
    names = subprocess.run([*as_user(), program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    wanted = re.compile("thread|mutex|cond|barrier|semaphore|rwlock|async|queue_work|cancel|spawn|signal|fork|key|once|loop_")
    return [[program, name] for name in names if wanted.search(name) and "thread_stack_size_explicit" not in name]


# Debian's name, options of CMake, tests.
PROJECTS = {
    "libevent": (["-DEVENT__DISABLE_OPENSSL=ON", "-DEVENT__DISABLE_SAMPLES=ON", "-DEVENT__DISABLE_BENCHMARK=ON",
                  "-DEVENT__LIBRARY_TYPE=STATIC"], groups_of_regress),
    "nng": (["-DNNG_TESTS=ON", "-DNNG_TOOLS=OFF"], each_of("src/**/*_test")),
    "libuv1": (["-DBUILD_TESTING=ON"], tests_of_libuv),
}


def as_user():
    return NOBODY if os.geteuid() == 0 else []


def called(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        raise Failure(f"{' '.join(command)}:\n{done.stdout[-2000:]}")


def fetched(name):
    """The folder of its source. Lists of their own: the machine's are left alone."""
    def here():
        return [d for d in glob.glob(f"{FOLDER}/{name}-*") if os.path.isdir(d)]
    if here():
        return here()[0]
    os.makedirs(f"{FOLDER}/lists/partial", exist_ok=True)
    os.makedirs(f"{FOLDER}/cache", exist_ok=True)
    with open(f"{FOLDER}/src.list", "w", encoding="ascii") as f:
        f.write(SOURCES)
    apt = ["apt-get", "-qq", *(f"-o{o}" for o in (
        f"Dir::Etc::sourcelist={FOLDER}/src.list", "Dir::Etc::sourceparts=/dev/null", f"Dir::State::lists={FOLDER}/lists",
        f"Dir::Cache={FOLDER}/cache", "APT::Sandbox::User=root"))]
    try:
        called([*apt, "update"], timeout=300)
        called([*apt, "source", "--only-source", name], cwd=FOLDER, timeout=300)
    except (Failure, OSError, subprocess.TimeoutExpired) as e:
        skip(f"the source of {name} can't be had: {e}")
    return here()[0]


def built(name, options):
    build = f"{FOLDER}/build-{name}"
    if not os.path.exists(f"{build}/built"):
        called(["cmake", "-S", fetched(name), "-B", build, "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *options])
        called(["cmake", "--build", build, "-j", "2"])
        with open(f"{build}/built", "w", encoding="ascii"):
            pass
    return build


def ended(command, where):
    """In a folder where nothing else is written: some tests watch it."""
    return subprocess.run([*as_user(), *command], cwd=f"{where}/here", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=300, check=False).returncode


def findings(where):
    with open(f"{where}/trace", encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    if events[-1]["event"] != "summary":
        raise Failure("a trace has no end")
    return sum(e["event"] == "birth" for e in events), [e for e in events if e["event"] == "finding"]


def tried(test, where):
    """Tasks, findings, and whether it ends as it does untraced; a test that itself is of two minds has three tries."""
    for _ in range(3):
        plain = ended(test, where)
        traced = ended([TOOL, "-f", "-qq", f"--error-exitcode={EXIT}", "--fail-on=error", "-o", "/dev/null",
                        f"--format=json:{where}/trace", *test], where)
        tasks, found = findings(where)
        if traced == plain:
            break
    return tasks, found, plain, traced


def run_all(name):
    options, tests_of = PROJECTS[name]
    tests = tests_of(built(name, options))
    tasks, ids, wrong = 0, {}, []
    with tempfile.TemporaryDirectory(prefix="thrtrace-project-") as where:
        os.mkdir(f"{where}/here")
        for folder in (where, f"{where}/here"):
            os.chmod(folder, 0o777)
        for test in tests:
            n, found, plain, traced = tried(test, where)
            tasks += n
            for f in found:
                ids[f["id"]] = ids.get(f["id"], 0) + 1
            words = " ".join([os.path.basename(test[0]), *test[1:]])
            wrong += [f"{words}: {f['id']}: {f['text']}" for f in found if f["severity"] == "error"]
            if traced != plain:
                wrong.append(f"{words}: exit status {traced}, untraced {plain}")
    print(f"{name}: {len(tests)} tests, {tasks} tasks; findings: {ids or 'none'}", flush=True)
    return wrong


def main():
    if not shutil.which("apt-get") or not shutil.which("cmake"):
        skip("apt-get or cmake is missing")
    become_subreaper()
    os.makedirs(FOLDER, exist_ok=True)
    wrong = [w for name in sys.argv[3:] or PROJECTS for w in run_all(name)]
    if wrong:
        raise Failure("\n".join(wrong))


if __name__ == "__main__":
    run_main(main)

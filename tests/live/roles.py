#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What threads of real runtimes are for: roles held against what the runtimes call their threads, and none invented.

    roles.py THRTRACE TRACEES CASE
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run, run_case, run_traced, skip

THRTRACE, TRACEES = (sys.argv + ["", ""])[1:3]

# Of each name that a thread may have, as a regular expression, the role; the last entry is for names that say nothing.
JAVA = {
    "GC Thread#.*": "openjdk-gc-worker", "G1 Main Marker": "openjdk-g1-main-marker", "G1 Conc#.*": "openjdk-g1-marker",
    "G1 Refine#.*": "openjdk-g1-refiner", "G1 Service": "openjdk-g1-service", "ZWorker.*": "openjdk-z-worker",
    "ZDriver.*": "openjdk-z-driver", "ZDirector": "openjdk-z-director", "ZStat": "openjdk-z-stat",
    "ZUnmapper": "openjdk-z-unmapper", "ZUncommitter.*": "openjdk-z-uncommitter", "RuntimeWorker.*": "openjdk-runtime-worker",
    "Shenandoah GC T": "openjdk-shenandoah-worker", "Shenandoah Cont": "openjdk-shenandoah-control",
    "Shenandoah Unco": "openjdk-shenandoah-uncommit", "VM Thread": "openjdk-vm-thread", "VM Periodic Tas": "openjdk-vm-periodic",
    "C2 CompilerThre": "openjdk-c2", "C1 CompilerThre": "openjdk-c1", "Sweeper thread": "openjdk-sweeper",
    "Signal Dispatch": "openjdk-signals", "Service Thread": "openjdk-service", "Monitor Deflati": "openjdk-monitor-deflation",
    "Notification Th": "openjdk-notification", "ArchiveWorkerTh": "openjdk-archive-worker",
    "Reference Handl": "openjdk-reference-handler", "Finalizer": "openjdk-finalizer", "Common-Cleaner": "openjdk-cleaner",
    "java": "openjdk-main",
}
NODE = {
    "DelayedTaskSche": "node-delayed", "V8Worker": "node-v8-worker", "SignalInspector": "node-inspector",
    "libuv-worker": "node-uv", "WorkerThread": "node-worker",
    "node|MainThread": ("node-delayed", "node-v8-worker", "node-inspector", "node-uv", "node-worker"),
}
NODE_JS = """
const { Worker } = require('worker_threads');
require('fs').readFile('/etc/passwd', () => new Worker('setTimeout(() => {}, 50)', { eval: true }));
"""
PYTHON = """
import concurrent.futures, threading, time
threading.Thread(target=time.sleep, args=(0.01,)).start()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    list(pool.map(str, range(9)))
"""
ERLANG = {
    r"\d+_scheduler": "erlang-scheduler", r"\d+_dirty_cpu_.*": "erlang-dirty-cpu", r"\d+_dirty_io_.*": "erlang-dirty-io",
    r"\d+_aux": "erlang-aux", r"\d+_poller": "erlang-poller", r"async_\d+": "erlang-async",
    "sys_sig_dispatc": "erlang-signals", "sys_msg_dispatc": "erlang-messages",
}
GO = {".*": ("go-m", "go-sysmon", "go-template", "go-cgo")}


def need(tool):
    path = shutil.which(tool)
    if not path:
        skip(f"{tool} is not here")
    return path


def threads_of(options, argv):
    """{number: (name, role or None)} of all threads but each process's first, which run main()."""
    ran, events = run_traced(THRTRACE, options, argv, 60)
    if not any(e["event"] == "summary" for e in events):
        raise Failure(f"{argv}: the trace has no end\n{ran.err}")
    names, roles = {}, {}
    for e in events:
        if e["event"] in ("birth", "name"):
            names[e["task"]] = e["name"]
        elif e["event"] == "end" and e["tid"] != e["tgid"]:
            roles[e["task"]] = e.get("role")
    return {t: (names[t], role) for t, role in roles.items()}


def check(argv, table, least, options=()):
    """Each thread has the role that its name says, or one of those that it may have; there are `least` kinds."""
    threads = threads_of(list(options), argv)
    found = set()
    for task, (name, role) in threads.items():
        want = next((want for like, want in table.items() if re.fullmatch(like, name)), None)
        role_id = role and role["id"]
        if role_id != want and not (isinstance(want, tuple) and role_id in want):
            raise Failure(f"{argv}: {task} {name!r} has the role {role_id}, not {want}")
        if role and not (role["runtime"] and role["label"] and role["by"]):
            raise Failure(f"{argv}: {task}: {role}")
        found.add(role_id)
    if not set(least) <= found:
        raise Failure(f"{argv}: no thread has the role {', '.join(sorted(set(least) - found))}; there are {found}")
    print(f"{argv[0]}: {len(threads)} threads of {len(found)} kinds")


def java():
    path = need("java")
    for collector in "G1", "Serial":
        check([path, f"-XX:+Use{collector}GC", "-Xmx64m", "-version"], JAVA,
            ["openjdk-main", "openjdk-vm-thread", "openjdk-c1", "openjdk-reference-handler"])


def java_light():
    """Without a stop at calls names are read at the end."""
    check([need("java"), "-version"], JAVA, ["openjdk-main", "openjdk-vm-thread"], ["--light"])


def node():
    check([need("node"), "-e", NODE_JS], NODE, ["node-delayed", "node-v8-worker", "node-inspector", "node-uv", "node-worker"])


def python():
    check([os.path.realpath(sys.executable), "-c", PYTHON], {"ThreadPoolExecu": "python-pool", ".*": "python-thread"},
        ["python-thread"])


def go():
    check([need("go"), "version"], GO, ["go-cgo"])


def sbcl():
    lisp = "(sb-thread:join-thread (sb-thread:make-thread (lambda () 1)))"
    check([need("sbcl"), "--noinform", "--non-interactive", "--eval", lisp],
        {"finalizer": "sbcl-finalizer", ".*": "sbcl-thread"}, ["sbcl-thread"])


def ruby():
    check([need("ruby"), "-e", "Thread.new { sleep 0.01 }.join"], {"-e:.*": "ruby-thread", ".*": "ruby"}, ["ruby-thread"])


def erlang():
    check([need("erl"), "-noshell", "-eval", "init:stop()."], ERLANG, ["erlang-scheduler", "erlang-dirty-io", "erlang-aux"])


def openmp():
    cc = need("gcc")
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/omp.c"
        with open(source, "w", encoding="ascii") as f:
            f.write("int main(void)\n{\n#pragma omp parallel num_threads(3)\n\t__asm__ volatile(\"\");\n\treturn 0;\n}\n")
        if run([cc, "-fopenmp", "-o", f"{folder}/omp", source], 60).code:
            skip("gcc has no libgomp here")
        check([f"{folder}/omp"], {".*": "libgomp-worker"}, ["libgomp-worker"])


def no_runtime():
    """Programs in C: no thread of theirs has a role, whatever it is called."""
    for name in "alike", "names", "many", "guards", "touched", "joined", "detached", "ending", "user_stack", "robust":
        for task, (called, role) in threads_of([], [f"{TRACEES}/{name}"]).items():
            if role:
                raise Failure(f"{name}: {task} {called!r} has the role {role}")


JAVA_WAITS = """
class W {
    public static void main(String[] a) throws Exception {
        System.out.println("ready");
        System.in.read();
    }
}
"""


def looked_at(argv):
    """{name: role} of the threads of a program that says "ready", as --snapshot has them; and its groups by role."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        try:
            if p.stdout.readline().strip() != b"ready":
                raise Failure(f"{argv} is not ready")
            pid, rows = str(p.pid), []
            for more in ["--all"], ["--by=role"]:
                ran = run([THRTRACE, "--snapshot", pid, "--interval=1ms", "--format=json", *more], 60)
                if ran.code:
                    raise Failure(f"--snapshot {more}: {ran.code}\n{ran.err}")
                rows += [json.loads(line) for line in ran.out.splitlines()]
        finally:
            p.stdin.close()
            p.kill()
    threads = {r["name"]: r["role"] for r in rows if r["event"] == "census_thread" and r["tid"] != p.pid}
    return threads, [r["role"] for r in rows if r["event"] == "census_group"]


def snapshot():
    """Without a trace: by names, where the runtime's library is mapped, and by what threads were made to run."""
    threads, groups = looked_at([f"{TRACEES}/alike", "wait"])
    if set(threads.values()) != {None} or groups != [None] or len(threads) < 10:
        raise Failure(f"alike: {threads}, {groups}")
    path = need("java")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/W.java", "w", encoding="ascii") as f:
            f.write(JAVA_WAITS)
        threads, groups = looked_at([path, "-XX:+UseSerialGC", f"{folder}/W.java"])
    of_id = {}
    for line in run([THRTRACE, "--roles", "--format=json"], 60).out.splitlines():
        row = json.loads(line)
        of_id[row["id"]] = f"{row['label']} ({row['runtime']})"
    for name, role in threads.items():
        want = next((of_id[want] for like, want in JAVA.items() if re.fullmatch(like, name)), None)
        if role != want:
            raise Failure(f"{name}: {role}, not {want}")
    if "VM Thread" not in threads or len(set(groups)) != len(groups) or not {"VM thread (OpenJDK)", None} <= set(groups):
        raise Failure(f"by role: {groups}")


CASES = [java, java_light, node, python, go, sbcl, ruby, erlang, openmp, snapshot, no_runtime]

if __name__ == "__main__":
    try:
        run_case(CASES, 3)
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)

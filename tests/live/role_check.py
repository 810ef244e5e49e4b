# SPDX-License-Identifier: MIT
"""Threads of a traced program, and whether each has the role that it should have."""
import os
import re
import shutil
import sys
import threading

from harness import Failure, run, run_traced, skip

THRTRACE = (sys.argv + [""])[1]

# Of a hundred threads, so many have a role; of the others nothing is said.
LEAST_PERCENT = 95

# Of each name that a thread may have, as a regular expression, the role or several.
JAVA = {
    "GC Thread#.*": "openjdk-gc-worker", "G1 Main Marker": "openjdk-g1-main-marker",
    "G1 Conc#.*": "openjdk-g1-marker", "G1 Refine#.*": "openjdk-g1-refiner", "G1 Service": "openjdk-g1-service",
    "ZWorker.*": "openjdk-z-worker", "ZDriver.*": "openjdk-z-driver", "ZDirector": "openjdk-z-director",
    "ZStat": "openjdk-z-stat", "ZUnmapper": "openjdk-z-unmapper", "ZUncommitter.*": "openjdk-z-uncommitter",
    "RuntimeWorker.*": "openjdk-runtime-worker", "Shenandoah GC T": "openjdk-shenandoah-worker",
    "Shenandoah Cont": "openjdk-shenandoah-control", "Shenandoah Unco": "openjdk-shenandoah-uncommit",
    "VM Thread": "openjdk-vm-thread", "VM Periodic Tas": "openjdk-vm-periodic", "C2 CompilerThre": "openjdk-c2",
    "C1 CompilerThre": "openjdk-c1", "Sweeper thread": "openjdk-sweeper", "Signal Dispatch": "openjdk-signals",
    "Service Thread": "openjdk-service", "Monitor Deflati": "openjdk-monitor-deflation",
    "Notification Th": "openjdk-notification", "ArchiveWorkerTh": "openjdk-archive-worker",
    "Reference Handl": "openjdk-reference-handler", "Finalizer": "openjdk-finalizer",
    "Common-Cleaner": "openjdk-cleaner", "java": "openjdk-main",
    # Of 26 and later: the first 7 bytes and the last 6 of a long name.
    "Referen..andler": "openjdk-reference-handler", "VM Peri..Thread": "openjdk-vm-periodic",
    "C2 Comp.*": "openjdk-c2", "C1 Comp.*": "openjdk-c1", "Signal ..atcher": "openjdk-signals",
    "Monitor..Thread": "openjdk-monitor-deflation", "Notific..Thread": "openjdk-notification",
    "Archive..Thread": "openjdk-archive-worker", "G1 Refi..ontrol": "openjdk-g1-refine-control",
    "G1 Refi..kers#.*": "openjdk-g1-refiner", "ShenWorker#.*": "openjdk-shenandoah-worker",
    "ShenControl": "openjdk-shenandoah-control", "ShenUncommit": "openjdk-shenandoah-uncommit",
    "Unknown thread": None,
}


def need(*tools):
    """Where the first of them is that is here."""
    for tool in tools:
        path = shutil.which(tool)
        if path:
            return path
    skip(f"{' or '.join(tools)} is not here")


def need_file(path):
    if not os.path.exists(path):
        skip(f"{path} is not here")
    return path


class Seen:
    """All threads of a trace, but each process's first: name, tid and role, by task."""

    def __init__(self, argv, options=(), env=None, cwd=None, meanwhile=None, timeout=100):
        helper = threading.Thread(target=meanwhile) if meanwhile else None
        if helper:
            helper.start()
        ran, events = run_traced(THRTRACE, list(options), argv, timeout, env={**os.environ, **(env or {})}, cwd=cwd)
        if helper:
            helper.join()
        if ran.code:
            raise Failure(f"{argv}: {ran.code}\n{ran.out}{ran.err}")
        if not any(e["event"] == "summary" for e in events):
            raise Failure(f"{argv}: the trace has no end\n{ran.err}")
        self.out, self.argv, self.threads = ran.out, argv, {}
        births, names = {}, {}
        for e in events:
            if e["event"] == "birth":
                births[e["task"]] = e
            if e["event"] in ("birth", "name"):
                names[e["task"]] = e["name"]
            elif e["event"] == "end" and e["tid"] != e["tgid"]:
                self.threads[e["task"]] = (names[e["task"]], e["tid"], e.get("role"), births[e["task"]])

    def check(self, table, least, percent=LEAST_PERCENT):
        """table: of each name that a thread may have, as a regular expression, the role or several. least: roles that
        are there. percent: of the threads have a role."""
        found, without = {}, []
        for task, (name, _, role, birth) in self.threads.items():
            want = next((want for like, want in table.items() if re.fullmatch(like, name)), ())
            want = want if isinstance(want, tuple) else (want,)
            role_id = role and role["id"]
            if role_id and role_id not in want:
                raise Failure(f"{self.argv}: {task} {name!r} has the role {role_id}, not {want}")
            if not role_id:
                start = birth["start_routine"] or {}
                without.append((name, start.get("module"), start.get("symbol")))
            found[role_id] = found.get(role_id, 0) + 1
        missing = [role for role in least if role not in found]
        if missing:
            raise Failure(f"{self.argv}: no thread has the role {missing}; there are {found}, without {without}")
        if len(without) * 100 > len(self.threads) * (100 - percent):
            raise Failure(f"{self.argv}: {len(without)} of {len(self.threads)} have no role: {without}")
        print(f"{os.path.basename(self.argv[0])}: {len(self.threads)} threads, {len(without)} without a role: {found}")
        return found


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def build(*argv, cwd=None, env=None):
    ran = run(list(argv), 300, env={**os.environ, **(env or {})}, cwd=cwd)
    if ran.code:
        skip(f"{os.path.basename(argv[0])} does not build it here: {(ran.err or ran.out)[-600:]}")



def built(folder, text, *libraries, compiler="gcc", flags=()):
    """A C or C++ program of this text."""
    cc = need(compiler)
    source = write(folder, "p.cc" if "++" in compiler else "p.c", text)
    build(cc, *flags, "-pthread", "-o", f"{folder}/p", source, *libraries)
    return f"{folder}/p"

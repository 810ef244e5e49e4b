#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where a library's function is inlined into the program's, the place of creation is the line of the program's; and what
a trampoline calls is found.

    inlined.py THRTRACE
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, become_subreaper, run_main, run_traced, skip

CXX = """#include <thread>
static void work(int) {}
int main()
{
\tstd::thread one(work, 1); // HERE
\tone.join();
\tstd::thread([] { work(2); }).join(); // HERE
}
"""
RUST = """fn main() {
    std::thread::spawn(|| println!("one")).join().unwrap(); // HERE
    let name = std::thread::Builder::new().name("two".to_string());
    name.spawn(|| println!("two")) // HERE
        .unwrap()
        .join()
        .unwrap();
}
"""


SPLIT = """#include <pthread.h>
static void *worker(void *arg) { return arg; }
int main(void) { pthread_t t; return pthread_create(&t, 0, worker, 0) || pthread_join(t, 0); }
"""


def births_of(thrtrace, compiler, options, source, suffix, folder):
    """The births of threads, and the path of the source; None where it can't be built."""
    path, out = os.path.join(folder, "program" + suffix), os.path.join(folder, compiler)
    with open(path, "w", encoding="ascii") as f:
        f.write(source)
    built = subprocess.run([compiler, *options, "-o", out, path], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return None, path
    _, events = run_traced(thrtrace, [], [out], 60)
    return [e for e in events if e["event"] == "birth" and e["kind"] == "thread"], path


def told(thrtrace, compiler, options, source, folder):
    """The lines of the frames of the source's own file, one a birth."""
    births, path = births_of(thrtrace, compiler, options, source, ".rs" if compiler == "rustc" else ".cc", folder)
    if births is None:
        skip(f"{compiler} {options} makes no program")
    lines = []
    for birth in births:
        own = [f for f in birth["creator"] if f["file"] and os.path.basename(f["file"]) == os.path.basename(path)]
        if not own:
            raise Failure(f"{compiler} {options}: no frame of {path}: {birth['creator']}")
        lines.append(own[0]["line"])
    return lines


def check_split(thrtrace, folder):
    """gccgo's trampoline, and that of whatever has its stack in pieces."""
    births, _ = births_of(thrtrace, "gcc", ["-g", "-fsplit-stack", "-pthread"], SPLIT, ".c", folder)
    labels = [b["label"] for b in births or []]
    if births is not None and labels != ["worker"]:
        raise Failure(f"behind the trampoline of -fsplit-stack: {labels}")


def main():
    thrtrace = sys.argv[1]
    become_subreaper()
    judged = 0
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        for compiler, source, variants in (("g++", CXX, (["-g", "-O0"], ["-g", "-O2"])), ("rustc", RUST, (["-g"], ["-g", "-O"]))):
            want = [n for n, line in enumerate(source.splitlines(), 1) if re.search(r"// HERE", line)]
            if not shutil.which(compiler):
                continue
            for options in variants:
                got = told(thrtrace, compiler, options, source, folder)
                judged += 1
                if got != want:
                    raise Failure(f"{compiler} {options}: the lines {got}, not {want}")
        if shutil.which("gcc"):
            check_split(thrtrace, folder)
    if not judged:
        skip("neither g++ nor rustc is here")


if __name__ == "__main__":
    run_main(main)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs under thrtrace: same output and exit status, every thread in the table, none invented.

    real.py THRTRACE CASE        one case; real.py --list names them
    real.py THRTRACE newroot THR the program THR with the C library below THRTRACE_NEW_ROOT (see newroot.sh)

How many threads there were is asked of the program itself: most print it at their end.
"""
import glob
import os
import re
import shutil
import socket
import subprocess
import sys

from harness import Failure, Trace, check_leftovers, check_same, in_own_folder, run, run_traced, skip

TIMEOUT = 90


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            skip(f"{tool} is missing")


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def build(argv, cwd):
    done = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False)
    if done.returncode != 0:
        skip(f"{argv[0]} can't build the program: {done.stdout.decode(errors='replace')[-500:]}")


# ---- what is asked of a trace ----

def threads_of(trace):
    return [b for b in trace.births.values() if b["kind"] == "thread"]


def check_stacks(trace, guard, least=1):
    """Each thread that the C library made: a stack of its own, of some size, with this kind of guard."""
    bad = [b for b in threads_of(trace)
           if b["guard"] is None or b["guard"]["kind"] != guard or not b["stack"]["bytes"] or not b["guard"]["bytes"]]
    if bad:
        raise Failure(f"{len(bad)} threads without a {guard} guard or bounds: {bad[0]}")
    if len(threads_of(trace)) < least:
        raise Failure(f"only {len(threads_of(trace))} threads")


def check_threads(trace, n):
    if len(threads_of(trace)) != n:
        raise Failure(f"{len(threads_of(trace))} threads in the trace, {n} by the program's own account")


def check_findings(trace):
    """
    What the machine's own programs do with threads is in order: a finding above a note is one of thrtrace about itself.
    But they may be refused what they ask for; and stress-ng takes a thread's word away for a moment
    (set_tid_address(NULL)), and the wait on it may fall into that; its pthread stressor leaves the last thread that it
    makes without a join (a preloaded library counts 30 pthread_create and 29 pthread_join).
    """
    theirs = ("wait-in-vain", "creation-failed", "memory-refused", "namespace-refused", "never-joined")
    found = [e for e in trace.events
             if e["event"] == "finding" and e["severity"] != "note" and e["id"] not in theirs]
    if found:
        raise Failure(f"{len(found)} findings, the first: {found[0]}")


class Case:
    def __init__(self, thrtrace, cwd):
        self.thrtrace, self.cwd = thrtrace, cwd

    def compare(self, argv, options=(), mask=lambda text: text, stderr=True, env=None):
        """Plain, then traced; the Trace, and the traced output."""
        if env:
            env = {**os.environ, **env}
        plain = run(argv, TIMEOUT, env, self.cwd)
        check_leftovers("untraced")
        traced, events = run_traced(self.thrtrace, list(options), argv, TIMEOUT, env, self.cwd)
        check_same(plain, traced, mask, stderr)
        if plain.code != 0:
            raise Failure(f"exit status {plain.code}: {plain.out}{plain.err}")
        trace = Trace(events)
        check_findings(trace)
        return trace, traced.out

    def path(self, name):
        return os.path.join(self.cwd, name)


# ---- cases ----

def java_version(case):
    need("java")
    trace, _ = case.compare(["java", "-version"])
    # The launcher and the JVM ask the C library for no guard on some threads, and make their own later.
    if len(threads_of(trace)) < 5 or not all(b["stack"]["bytes"] for b in threads_of(trace)):
        raise Failure(f"{len(threads_of(trace))} threads, or one without bounds")


def java_threads(case):
    need("java", "javac")
    write(case.path("Twenty.java"), """
public class Twenty {
    public static void main(String[] args) throws Exception {
        Thread[] t = new Thread[20];
        java.util.concurrent.atomic.AtomicInteger sum = new java.util.concurrent.atomic.AtomicInteger();
        java.util.concurrent.CountDownLatch all = new java.util.concurrent.CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            int n = i;
            t[i] = new Thread(() -> {
                all.countDown();
                try { all.await(); } catch (InterruptedException e) { }
                sum.addAndGet(n);
            }, "worker-" + i);
            t[i].start();
        }
        for (Thread one : t)
            one.join();
        System.out.println("sum " + sum.get());
    }
}
""")
    build(["javac", "Twenty.java"], case.cwd)
    trace, _ = case.compare(["java", "-Xshare:auto", "-cp", case.cwd, "Twenty"])
    named = {e["name"] for e in trace.events if e["event"] == "name" and e["name"].startswith("worker-")}
    if named != {f"worker-{i}" for i in range(20)}:
        raise Failure(f"20 threads named worker-0 to worker-19, but the trace has {sorted(named)}")
    workers = {e["task"] for e in trace.events if e["event"] == "name" and e["name"].startswith("worker-")}
    if len(workers) != 20:
        raise Failure(f"the names belong to {len(workers)} threads")


def python_threads(case):
    write(case.path("twenty.py"), """
import threading
ready = threading.Barrier(20)
tids = []
def work():
    ready.wait()
    tids.append(threading.get_native_id())
t = [threading.Thread(target=work) for _ in range(20)]
for one in t: one.start()
for one in t: one.join()
print(len(set(tids)), "threads")
""")
    trace, _ = case.compare([os.path.realpath(sys.executable), "twenty.py"])
    check_threads(trace, 20)
    check_stacks(trace, "PROT_NONE")


def go_threads(case):
    need("go")
    write(case.path("main.go"), """package main

import (
\t"fmt"
\t"os"
\t"runtime"
\t"sync"
\t"syscall"
)

var keep [][]byte

func main() {
\tvar ready, done sync.WaitGroup
\tfor i := 0; i < 80; i++ { // a heap of more than one arena
\t\tkeep = append(keep, make([]byte, 1<<20))
\t\tkeep[i][0] = 1
\t}
\tready.Add(20)
\tdone.Add(20)
\ttids := make([]int, 20)
\tfor i := 0; i < 20; i++ {
\t\tgo func(i int) {
\t\t\truntime.LockOSThread()
\t\t\ttids[i] = syscall.Gettid()
\t\t\tready.Done()
\t\t\tready.Wait()
\t\t\tdone.Done()
\t\t}(i)
\t}
\tdone.Wait()
\tfor _, tid := range tids {
\t\tfmt.Fprintln(os.Stderr, tid)
\t}
\tfmt.Println("20 threads")
}
""")
    os.environ.setdefault("GOCACHE", case.path("cache"))
    os.environ.update(GO111MODULE="off", CGO_ENABLED="0", GOFLAGS="")
    build(["go", "build", "-o", "twenty", "main.go"], case.cwd)
    plain = run(["./twenty"], TIMEOUT, None, case.cwd)
    traced, events = run_traced(case.thrtrace, [], ["./twenty"], TIMEOUT, None, case.cwd)
    check_same(plain, traced, stderr=False)
    trace = Trace(events)
    tids = {int(tid) for tid in traced.err.split()}
    born = {b["tid"] for b in trace.births.values()}
    if len(tids) != 20 or not tids <= born:
        raise Failure(f"threads of the program that are not in the trace: {sorted(tids - born)}")
    odd = [b["stack"] for b in trace.births.values() if b["kind"] == "thread" and (b["stack"]["bytes"] == 0 or b["stack"]["cached"])]
    found = [e["text"] for e in events if e["event"] == "finding"]
    if odd or found:
        raise Failure(f"its threads run on pieces of the heap, and the trace has {odd} and {found}")
    for b in threads_of(trace):
        if "CLONE_CHILD_CLEARTID" in b["flags"] or (b["guard"] and b["guard"]["kind"] != "none"):
            raise Failure(f"not as Go makes a thread: {b}")


def node_workers(case):
    need("node")
    script = """
const { Worker, isMainThread, parentPort } = require('worker_threads');
let n = 0;
for (let i = 0; i < 4; i++) {
  const w = new Worker("require('worker_threads').parentPort.postMessage(1)", { eval: true });
  w.on('message', () => n++);
  w.on('exit', () => { if (--left === 0) console.log(n, 'workers'); });
}
let left = 4;
"""
    trace, _ = case.compare(["node", "-e", script])
    check_stacks(trace, "PROT_NONE", 4)


def rust_threads(case):
    need("rustc")
    write(case.path("twenty.rs"), """
use std::thread;
fn main() {
    let t: Vec<_> = (0..20).map(|i| thread::Builder::new().name(format!("rust-{}", i)).spawn(move || i).unwrap()).collect();
    let sum: i32 = t.into_iter().map(|t| t.join().unwrap()).sum();
    println!("sum {}", sum);
}
""")
    build(["rustc", "-O", "twenty.rs"], case.cwd)
    trace, _ = case.compare(["./twenty"])
    check_threads(trace, 20)
    check_stacks(trace, "PROT_NONE")
    if len({e["name"] for e in trace.events if e["event"] == "name"}) != 20:
        raise Failure("20 names were set")


def cxx_threads(case):
    need("g++")
    write(case.path("twenty.cc"), """
#include <atomic>
#include <cstdio>
#include <future>
#include <thread>
#include <vector>
int main()
{
    std::atomic<int> sum{0};
    std::vector<std::thread> t;
    for (int i = 0; i < 20; i++)
        t.emplace_back([&sum, i] { sum += i; });
    for (auto &one : t)
        one.join();
    auto f = std::async(std::launch::async, [] { return 1; });
    std::printf("sum %d\\n", sum.load() + f.get());
}
""")
    build(["g++", "-O1", "-pthread", "-o", "twenty", "twenty.cc"], case.cwd)
    trace, _ = case.compare(["./twenty"])
    check_threads(trace, 21)
    check_stacks(trace, "PROT_NONE")


C_TWENTY = """
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
/* The last one outlives the first look of its joiner. */
static void *work(void *arg) { usleep((long)arg == 19 ? 200000 : 2000); return arg; }
int main(void)
{
    pthread_t t[20];
    for (long i = 0; i < 20; i++)
        if (pthread_create(&t[i], NULL, work, (void *)i))
            return 1;
    for (int i = 0; i < 20; i++)
        pthread_join(t[i], NULL);
    puts("20 threads");
    return 0;
}
"""


def c_threads(case, compiler, *options, joins, rseq, libc):
    need(compiler)
    write(case.path("twenty.c"), C_TWENTY)
    build([compiler, "-g", "-pthread", *options, "-o", "twenty", "twenty.c"], case.cwd)
    trace, _ = case.compare(["./twenty"])
    check_threads(trace, 20)
    check_stacks(trace, "PROT_NONE")
    if not joins[0] <= trace.count("join") <= joins[1]:
        raise Failure(f"{trace.count('join')} joins")
    registered = {e["task"] for e in trace.events if e["event"] == "call" and e["name"] == "rseq"}
    if len(registered - {"T0"}) != rseq:
        raise Failure(f"{len(registered)} threads have registered rseq")
    if not (trace.events[0]["libc"] or "").startswith(libc):
        raise Failure(f"the C library is {trace.events[0]['libc']}")


def musl_dynamic(case):
    c_threads(case, "musl-gcc", joins=(1, 20), rseq=0, libc="musl")


def musl_static(case):
    c_threads(case, "musl-gcc", "-static", joins=(1, 20), rseq=0, libc="") # nothing in so small a program names musl


def glibc_dynamic(case):
    c_threads(case, "gcc", joins=(1, 20), rseq=20, libc="glibc")


def glibc_static(case):
    c_threads(case, "gcc", "-static", joins=(1, 20), rseq=20, libc="glibc")


def stress(case, *options, user=()):
    need("stress-ng")
    plain_mask = lambda text: re.sub(r"\[\d+\]|[\d.]+ ?s(ec)?s?\b|\d+\.\d+", "#", text)  # noqa: E731: pids and times
    return case.compare([*user, "stress-ng", "-q", *options], ["-f"], plain_mask)[0]


def stress_pthread(case):
    # Each of 2 workers makes threads until 5000 operations are done; the number of operations is that of threads.
    check_atleast(stress(case, "--pthread", "2", "--pthread-ops", "5000"), 4000, "thread")


def stress_clone(case):
    trace = stress(case, "--clone", "2", "--clone-ops", "1000")
    if len(trace.births) < 1000:
        raise Failure(f"only {len(trace.births)} births")


def stress_vfork(case):
    check_atleast(stress(case, "--vfork", "2", "--vfork-ops", "500"), 500, "vfork")


def stress_exec(case):
    user = []
    if os.geteuid() == 0: # this stressor refuses to run as root
        need("setpriv")
        os.chmod(case.cwd, 0o777)
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    # Its default is to start 4096 children before it looks at the number of operations.
    trace = stress(case, "--exec", "2", "--exec-ops", "200", "--exec-max", "50", user=user)
    if trace.count("exec") < 100:
        raise Failure(f"only {trace.count('exec')} execs")


def check_atleast(trace, n, kind):
    found = sum(1 for b in trace.births.values() if b["kind"] == kind)
    if found < n:
        raise Failure(f"{found} births of kind {kind}, at least {n} were expected")


# ---- servers and builds: whole trees of processes, by a script that tells what came of it ----

def script(case, text, *user, least):
    """The script's output and status, plain, followed, and as a page; so many processes and threads at least."""
    argv = [*user, "sh", "-c", text]
    trace, out = case.compare(argv, ["-f"])
    if len(trace.births) < least:
        raise Failure(f"only {len(trace.births)} births")
    page = case.path("page")
    ran = run([case.thrtrace, "-f", "-q", "-o", page, "--", *argv], TIMEOUT, cwd=case.cwd)
    check_leftovers("after the trace")
    if (ran.code, ran.out, ran.err) != (0, out, ""):
        raise Failure(f"with -f -q -o FILE: status {ran.code}: {ran.out}{ran.err}")
    with open(page, "rb") as f:
        if not f.read().startswith(b"thrtrace "):
            raise Failure("the page is empty")
    return trace


def as_nobody(case):
    if os.geteuid() != 0: # postgres refuses to run as root
        return []
    need("setpriv")
    os.chmod(case.cwd, 0o777)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def redis(case):
    need("redis-server", "redis-cli", "redis-benchmark")
    script(case, """
redis-server --port 0 --unixsocket "$PWD/sock" --save '' --dir "$PWD" > log 2>&1 & server=$!
until redis-cli -s sock ping > /dev/null 2>&1; do sleep 0.1; done
redis-cli -s sock set key value
redis-benchmark -s sock -n 3000 -c 10 -q -t set,get,lpush > bench && echo benchmarked
redis-cli -s sock get key
redis-cli -s sock bgsave
until grep -q 'saved on disk' log; do sleep 0.1; done
redis-cli -s sock shutdown nosave
wait $server; echo status $?
""", least=12)


def nginx(case):
    need("nginx", "ab")
    os.chmod(case.cwd, 0o755)
    port = free_port()
    write(case.path("index.html"), "a page\n" * 100)
    write(case.path("nginx.conf"), f"""
daemon off; worker_processes 2; pid {case.cwd}/pid; error_log {case.cwd}/error;
{"user nobody nogroup;" if os.geteuid() == 0 else ""}
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {case.cwd}/body; proxy_temp_path {case.cwd}/proxy;
fastcgi_temp_path {case.cwd}/fcgi; uwsgi_temp_path {case.cwd}/uwsgi; scgi_temp_path {case.cwd}/scgi;
server {{ listen 127.0.0.1:{port}; location / {{ root {case.cwd}; }} }} }}
""")
    script(case, f"""
nginx -c "$PWD/nginx.conf" 2> log & server=$!
until ab -n 1 http://127.0.0.1:{port}/ > /dev/null 2>&1; do sleep 0.1; done
ab -q -n 1000 -c 10 http://127.0.0.1:{port}/index.html > bench 2>&1
grep -E 'Complete requests|Failed requests|HTML transferred' bench
nginx -c "$PWD/nginx.conf" -s reload 2>> log
ab -q -n 100 -c 4 http://127.0.0.1:{port}/index.html 2>&1 | grep -E 'Complete requests|Failed requests'
nginx -c "$PWD/nginx.conf" -s quit 2>> log
wait $server; echo status $?
""", least=8)


def postgres(case):
    need("initdb", "pg_ctl", "psql")
    user = as_nobody(case)
    build([*user, "initdb", "-D", case.path("data"), "-U", "me", "-A", "trust", "-N"], case.cwd)
    script(case, """
pg_ctl -D data -w -l log -o "-c listen_addresses= -c unix_socket_directories=$PWD -c jit=off" start > out && echo started
psql -h "$PWD" -U me -d postgres -At -c 'select count(*) from generate_series(1, 10000)'
psql -h "$PWD" -U me -d postgres -At -c 'set force_parallel_mode = on' -c 'select sum(n) from generate_series(1, 1000) n'
psql -h "$PWD" -U me -d postgres -c 'checkpoint'
pg_ctl -D data -w -m fast stop > out && echo stopped
""", *user, least=15)


def project(case):
    for i in range(6):
        write(case.path(f"part{i}.c"), f"int part{i}(void) {{ return {i}; }}\n")
    calls = " + ".join(f"part{i}()" for i in range(6))
    write(case.path("main.c"), "#include <stdio.h>\n" + "".join(f"int part{i}(void);\n" for i in range(6)) +
          f'int main(void) {{ printf("%d\\n", {calls}); return 0; }}\n')


def cmake_build(case):
    need("cmake", "make", "cc")
    project(case)
    write(case.path("CMakeLists.txt"),
          "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nfile(GLOB s *.c)\nadd_executable(p ${s})\n")
    script(case, """
rm -rf b && cmake -S . -B b > log 2>&1 && cmake --build b -j2 > log 2>&1 && b/p
touch part3.c && cmake --build b -j2 | grep -c 'Building'
echo 'int part3(void) { return }' > bad.c; cmake -S . -B b > log; cmake --build b -j2 > log 2>&1; echo status $?; rm bad.c
""", least=60)


def make_build(case):
    need("make", "cc")
    project(case)
    write(case.path("Makefile"), "p: main.o $(patsubst %,part%.o,0 1 2 3 4 5)\n\t$(CC) -o $@ $^\nfail:\n\texit 3\n")
    script(case, "rm -f *.o p; make -j2 > log && ./p; make -j2 fail 2> err; echo status $?", least=15)


def python_subprocess(case):
    write(case.path("sub.py"), """
import concurrent.futures, multiprocessing, os, signal, subprocess, sys

def square(n): return n * n

if __name__ == "__main__":
    print(subprocess.run(["sh", "-c", "cat; exit 3"], input=b"through\\n", stdout=subprocess.PIPE))
    print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode)
    try:
        subprocess.run(["sleep", "60"], timeout=0.3)
    except subprocess.TimeoutExpired as e:
        print("timeout", e.cmd)
    print(subprocess.run(["true"], preexec_fn=os.setsid, close_fds=True).returncode)
    try:
        subprocess.run(["/nonexistent"])
    except FileNotFoundError as e:
        print(e)
    p = [subprocess.Popen(["sh", "-c", f"exit {i}"]) for i in range(8)]
    print([one.wait() for one in p])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print(list(pool.map(lambda i: subprocess.call(["sh", "-c", f"exit {i}"]), range(8))))
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(method, pool.map(square, range(10)))
""")
    script(case, f"{os.path.realpath(sys.executable)} sub.py", least=30)


def newroot(case, thr):
    """glibc >= 2.42: the stack is mapped with access and guarded by madvise; the join waits on its own word (2.43)."""
    root = os.environ.get("THRTRACE_NEW_ROOT")
    if not root:
        skip("THRTRACE_NEW_ROOT names no root; tests/live/newroot.sh makes one")
    loaders = glob.glob(root + "/usr/lib/*/ld-linux-*.so.*") + glob.glob(root + "/lib/*/ld-linux-*.so.*")
    if not loaders:
        skip(f"{root} has no dynamic loader")
    argv = [loaders[0], "--library-path", os.path.dirname(loaders[0]), os.path.abspath(thr)]
    ids = lambda text: re.sub(r"(pid|tid)=\d+", r"\1=#", text)  # noqa: E731
    trace, _ = case.compare(argv, mask=ids)
    libc = trace.events[0]["libc"] or ""
    version = re.fullmatch(r"glibc (\d+)\.(\d+)", libc)
    if not version:
        raise Failure(f"the C library is {libc}")
    if (int(version[1]), int(version[2])) < (2, 42):
        skip(f"{libc} is older than 2.42")
    check_threads(trace, 1)
    check_stacks(trace, "MADV_GUARD")
    birth = trace.births["T1"]
    if birth["stack"]["bytes"] != 8 << 20 or birth["guard"]["bytes"] != os.sysconf("SC_PAGESIZE"):
        raise Failure(f"stack or guard have the wrong size: {birth}")
    if trace.count("call", name="rseq", task="T1") != 1 or trace.count("call", name="set_robust_list", task="T1") != 1:
        raise Failure("T1 has not registered rseq and its robust list")
    if trace.ends["T1"]["joined_by"] not in ("T0", None) or trace.ends["T1"]["how"] != "exit":
        raise Failure(f"not its end: {trace.ends['T1']}")


CASES = {f.__name__: f for f in (
    java_version, java_threads, python_threads, go_threads, node_workers, rust_threads, cxx_threads, musl_dynamic,
    musl_static, glibc_dynamic, glibc_static, stress_pthread, stress_clone, stress_vfork, stress_exec, redis, nginx,
    postgres, cmake_build, make_build, python_subprocess, newroot)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return 0
    thrtrace, name, *rest = sys.argv[1:]
    return in_own_folder(lambda folder: CASES[name](Case(os.path.abspath(thrtrace), folder), *rest))


if __name__ == "__main__":
    sys.exit(main())

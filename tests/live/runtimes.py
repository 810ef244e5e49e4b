#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Threads of runtimes of languages, started plainly: nearly all have a role, the right one. What a runtime itself tells
of its threads is asked where it can be.

    runtimes.py THRTRACE TRACEES CASE
"""
import os
import re
import sys

from harness import Failure, in_own_folder, run, run_case, skip
from role_check import JAVA, Seen, build, need, need_file, write


# ---- Java: each collector, against the virtual machine's own list of its threads ----

JAVA_SHOWS = """
import java.util.concurrent.*;
class W {
    public static void main(String[] a) throws Exception {
        Runnable sleeps = () -> { try { Thread.sleep(60000); } catch (InterruptedException e) { } };
        Thread named = new Thread(sleeps, "of the program");
        named.setDaemon(true);
        named.start();
        ForkJoinPool.commonPool().submit(() -> 1).get();
        byte[][] keep = new byte[64][];
        for (int i = 0; i < 4000; i++) keep[i % 64] = new byte[64 << 10];
        System.gc();
        String pid = "" + ProcessHandle.current().pid();
        String jcmd = System.getProperty("java.home") + "/bin/jcmd";
        new ProcessBuilder(jcmd, pid, "Thread.print").redirectOutput(new java.io.File(a[0])).start().waitFor();
    }
}
"""
JAVA_MORE = {
    **JAVA, "Attach Listener": "openjdk-attach", "ForkJoi.*": "openjdk-fork-join",
    r"process reaper.*|process\.\..*": "openjdk-process-reaper", "of the program|Virtual.*": "openjdk-java",
}
# A line of Thread.print: "VM Thread" os_prio=0 cpu=1.77ms elapsed=0.29s tid=0x00007f nid=4711 (of 17 in hex) runnable
DUMPED = re.compile(r'^"(?P<name>[^"]*)".* nid=(?P<nid>0x[0-9a-f]+|\d+)', re.M)


def java_with(collector, folder):
    java = need("java")
    home = os.path.dirname(os.path.dirname(os.path.realpath(java)))
    need_file(f"{home}/bin/javac")
    build(f"{home}/bin/javac", "-d", folder, write(folder, "W.java", JAVA_SHOWS))
    options = [f"-XX:+Use{collector}GC", "-Xmx96m"]
    plain = run([java, *options, "-version"], 60)
    if plain.code:
        skip(f"this java has no such collector: {(plain.out + plain.err).splitlines()[0]}")
    dump = f"{folder}/dump"
    seen = Seen([java, *options, "-cp", folder, "W", dump])
    seen.check(JAVA_MORE, ["openjdk-main", "openjdk-vm-thread", "openjdk-java", "openjdk-fork-join", "openjdk-attach"])
    roles = {tid: role and role["id"] for _, tid, role, _ in seen.threads.values()}
    with open(dump, encoding="utf-8") as f:
        told = {int(m["nid"], 0): m["name"] for m in DUMPED.finditer(f.read())}
    if len(told) < 10:
        raise Failure(f"Thread.print tells of {told}")
    for tid, name in told.items():
        cut = [name[:15], f"{name[:7]}..{name[-6:]}"]
        told_so = [want for like, want in JAVA_MORE.items() if any(re.fullmatch(like, n) for n in cut)]
        want = told_so[0] if told_so else "openjdk-java"
        want = "openjdk-main" if name == "main" else want
        if roles.get(tid) != want:
            raise Failure(f"{tid} is {name!r} for the virtual machine, {roles.get(tid)} for thrtrace")
    print(f"{len(told)} threads as Thread.print has them")


def java_serial(folder):
    java_with("Serial", folder)


def java_parallel(folder):
    java_with("Parallel", folder)


def java_g1(folder):
    java_with("G1", folder)


def java_z(folder):
    java_with("Z", folder)


def java_shenandoah(folder):
    java_with("Shenandoah", folder)


# ---- JavaScript ----

# Debian's node is a library of stripped code.
NODE = {
    "DelayedTaskSche": ("node-delayed", "libnode-delayed"), "V8Worker": ("node-v8-worker", "libnode-v8-worker"),
    "SignalInspector": ("node-inspector", "libnode-inspector"), "libuv-worker": ("node-uv", "uv-pool"),
    "WorkerThread": ("node-worker", "libnode-worker"),
    "node|MainThread": ("node-delayed", "node-v8-worker", "node-inspector", "node-uv", "node-worker"),
}
NODE_REPORTS = """
const { Worker } = require('worker_threads');
const workers = [1, 2, 3].map(() => new Worker('setInterval(() => {}, 1000)', { eval: true }));
Promise.all(workers.map(w => new Promise(done => w.on('online', done)))).then(() => {
  require('fs').readFile('/etc/passwd', () => {
    console.log(JSON.stringify(process.report.getReport().workers.map(w => w.header.threadId)));
    process.exit(0);
  });
});
"""


def node(folder):
    seen = Seen([need("node"), write(folder, "w.js", NODE_REPORTS)])
    found = seen.check(NODE, [])
    kinds = {}
    for role, n in found.items(): # libuv, and all of node, may be a library of its own
        kind = role.replace("libnode-", "node-").replace("uv-pool", "node-uv")
        kinds[kind] = kinds.get(kind, 0) + n
    told = len(re.findall(r"\d+", seen.out))
    want = {"node-worker": 3, "node-uv": 4, "node-v8-worker": 4, "node-delayed": 1, "node-inspector": 1}
    if told != 3 or kinds != want:
        raise Failure(f"node tells of {told} workers, and has pools of 4: {found}")


BUN = {
    "JITWorker": "bun-jit-worker", "HeapHelper": "bun-heap-helper", "ollector Thread": "bun-collector",
    "JSCWarmUp": "bun-warm-up", r"Bun Pool \d+": "bun-pool", "Worker": "bun-worker", "mi-scavenger": "bun-scavenger",
}
DENO = {"V8 DefaultWorke": "deno-v8-worker", "tokio-runtime-w": "deno-tokio", "worker-.*": "deno-worker"}


def bun(folder):
    work = write(folder, "w.js", "setTimeout(() => {}, 20);")
    main = write(folder, "m.js", f"""
const w = new Worker({work!r});
await Bun.file('/etc/passwd').text();
let s = 0;
for (let i = 0; i < 3e6; i++) {{ s += [i].length; }}
Bun.gc(true);
await new Promise(done => w.addEventListener('close', done));
""")
    Seen([need("bun"), main]).check(BUN, ["bun-pool", "bun-worker", "bun-heap-helper"])


def deno(folder):
    work = write(folder, "w.js", "setTimeout(() => self.close(), 20);")
    main = write(folder, "m.js", f"""
new Worker('file://{work}', {{ type: 'module' }});
await Deno.readTextFile('/etc/hostname');
""")
    env = {"DENO_DIR": f"{folder}/deno", "DENO_NO_UPDATE_CHECK": "1"}
    Seen([need("deno"), "run", "--allow-read", main], env=env).check(
        DENO, ["deno-v8-worker", "deno-tokio", "deno-worker"])


# ---- Python ----

PYTHON = """
import concurrent.futures, threading, time
threading.Thread(target=time.sleep, args=(0.01,)).start()
threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    list(pool.map(lambda x: time.sleep(0.01), range(9)))
"""
OF_PYTHON = {"ThreadPoolExecu": "python-pool", ".*": "python-thread"}


def python(_):
    found = Seen([os.path.realpath(sys.executable), "-c", PYTHON]).check(OF_PYTHON, ["python-thread"])
    if sum(found.values()) != 5:
        raise Failure(f"five threads were made: {found}")


def pypy(_):
    found = Seen([need("pypy3"), "-c", PYTHON]).check({".*": "pypy-thread"}, ["pypy-thread"])
    if sum(found.values()) != 5:
        raise Failure(f"five threads were made: {found}")


# ---- other languages ----

def go(folder):
    main = write(folder, "main.go", """package main
import ("os"; "runtime"; "time")
func main() {
	done := make(chan bool)
	for i := 0; i < 4; i++ { go func() { runtime.LockOSThread(); time.Sleep(20 * time.Millisecond); done <- true }() }
	for i := 0; i < 4; i++ { <-done }
	os.Exit(0)
}
""")
    env = {"GO111MODULE": "off", "GOCACHE": f"{folder}/cache", "CGO_ENABLED": "0"}
    build(need("go"), "build", "-o", f"{folder}/p", main, env=env)
    Seen([f"{folder}/p"]).check({".*": ("go-m", "go-sysmon", "go-template")}, ["go-m", "go-sysmon", "go-template"])


def go_cgo(_):
    Seen([need("go"), "version"]).check({".*": "go-cgo"}, ["go-cgo"])


def ruby(_):
    code = "Warning[:experimental] = false; r = Ractor.new { sleep 0.1 }; Thread.new { sleep 0.1 }.join; r.take"
    Seen([need("ruby"), "-e", code]).check({"-e:.*": "ruby-thread", ".*": ("ruby", "ruby-timer")},
        ["ruby-thread", "ruby"])


ERLANG = {
    r"\d+_scheduler|erts_sched_\d+": "erlang-scheduler", r"\d+_dirty_cpu_.*|erts_dcpus_\d+": "erlang-dirty-cpu",
    r"\d+_dirty_io_.*|erts_dios_\d+": "erlang-dirty-io", r"\d+_aux|erts_aux_\d+": "erlang-aux",
    r"\d+_poller|erts_poll_\d+": "erlang-poller", r"(erts_)?async_\d+": "erlang-async",
    "sys_sig_dispatc|erts_ssig_disp": "erlang-signals", "sys_msg_dispatc|erts_smsg_disp": "erlang-messages",
}
# What a started system says of how many there are of each kind.
ERLANG_COUNTS = """
lists:foreach(fun(X) -> io:format("~p ~p~n", [X, erlang:system_info(X)]) end,
    [schedulers, dirty_cpu_schedulers, dirty_io_schedulers, thread_pool_size]), init:stop().
"""
ERLANG_TELLS = {"schedulers": "erlang-scheduler", "dirty_cpu_schedulers": "erlang-dirty-cpu",
                "dirty_io_schedulers": "erlang-dirty-io", "thread_pool_size": "erlang-async"}


def erlang(_):
    seen = Seen([need("erl"), "-noshell", "-eval", ERLANG_COUNTS], ["-f"])
    found = seen.check({**ERLANG, "erl_child_setup": ()}, list(ERLANG_TELLS.values()))
    told = dict(re.findall(r"(\w+) (\d+)", seen.out))
    if {ERLANG_TELLS[k]: int(n) for k, n in told.items()} != {k: found[k] for k in ERLANG_TELLS.values()}:
        raise Failure(f"Erlang tells of {told}: {found}")


def elixir(_):
    Seen([need("elixir"), "-e", "1 + 1"], ["-f"]).check(ERLANG, ["erlang-scheduler", "erlang-dirty-io"])


def ocaml(folder):
    need("ocamlfind", "ocamlopt")
    write(folder, "p.ml", "let () = Thread.join (Thread.create (fun () -> Thread.delay 0.12) ())\n")
    build(need("ocamlopt"), "-I", "+threads", "-I", "+unix", "unix.cmxa", "threads.cmxa", "-o", "p", "p.ml", cwd=folder)
    Seen([f"{folder}/p"]).check({".*": ("ocaml-tick", "ocaml-thread")}, ["ocaml-tick", "ocaml-thread"])


def ocaml_domains(folder):
    write(folder, "p.ml", "let () = Domain.join (Domain.spawn (fun () -> Thread.join (Thread.create ignore ())))\n")
    build(need("ocamlopt"), "-I", "+threads", "-I", "+unix", "unix.cmxa", "threads.cmxa", "-o", "p", "p.ml", cwd=folder)
    Seen([f"{folder}/p"]).check({".*": ("ocaml-tick", "ocaml-thread", "ocaml-domain", "ocaml-backup")},
        ["ocaml-domain", "ocaml-backup"])


def haskell(folder):
    write(folder, "P.hs", """import Control.Concurrent
main :: IO ()
main = do
  done <- newEmptyMVar
  _ <- forkIO (threadDelay 20000 >> putMVar done ())
  _ <- forkOS (threadDelay 20000 >> putMVar done ())
  takeMVar done >> takeMVar done
""")
    build(need("ghc"), "-threaded", "-rtsopts", "-o", "p", "P.hs", cwd=folder)
    Seen([f"{folder}/p", "+RTS", "-N2"]).check(
        {"ghc_ticker": "ghc-ticker", "ghc_worker|p:w": "ghc-worker", ".*": "ghc-bound"},
        ["ghc-ticker", "ghc-worker", "ghc-bound"])


def mono(folder):
    write(folder, "p.cs", """using System.Threading; using System.Threading.Tasks;
class P { static void Main() { var t = new Thread(() => Thread.Sleep(10)); t.Start(); t.Join();
  Task.Run(() => Thread.Sleep(10)).Wait(); System.GC.Collect(); } }
""")
    build(need("mcs"), "-out:p.exe", "p.cs", cwd=folder)
    Seen([need("mono"), f"{folder}/p.exe"]).check(
        {"Finalizer": "mono-finalizer", "SGen worker": "mono-gc", "Thread Pool Wor": "mono-pool", ".*": "mono-thread"},
        ["mono-finalizer", "mono-gc", "mono-thread", "mono-pool"])


def sbcl(_):
    lisp = "(sb-thread:join-thread (sb-thread:make-thread (lambda () 1)))"
    Seen([need("sbcl"), "--noinform", "--non-interactive", "--eval", lisp]).check(
        {"finalizer": "sbcl-finalizer", ".*": "sbcl-thread"}, ["sbcl-thread"])


def guile(_):
    scheme = "(use-modules (ice-9 threads)) (join-thread (call-with-new-thread (lambda () (+ 1 1)))) (gc)"
    Seen([need("guile-3.0", "guile"), "--no-auto-compile", "-c", scheme]).check(
        {r"GC-marker-\d+": "libgc-marker", ".*": "guile-thread"}, ["guile-thread", "libgc-marker"])


def racket(_):
    code = ["-l", "racket/base", "-l", "racket/future", "-e", "(touch (future (lambda () 1)))"]
    Seen([need("racket"), *code]).check({".*": "racket-thread"}, ["racket-thread"])


def swipl(_):
    prolog = "thread_create(true, T), thread_join(T), forall(between(1, 1000000, X), atom_concat(a, X, _)), halt"
    Seen([need("swipl"), "-g", prolog]).check({"gc": "swipl-gc", ".*": "swipl-thread"}, ["swipl-thread", "swipl-gc"])


# ---- Rust ----

CRATES = "/usr/share/cargo/registry"


def cargo(folder, dependencies, text):
    """A program with crates of Debian's."""
    tool = need("cargo")
    need_file(CRATES)
    os.makedirs(f"{folder}/src")
    package = '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n'
    write(folder, "Cargo.toml", f"{package}{dependencies}\n")
    write(folder, "src/main.rs", text)
    sources = f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{CRATES}"\n'
    home = write(folder, "config.toml", sources)
    build(tool, "--config", home, "build", "--offline", "--quiet", cwd=folder)
    return f"{folder}/target/debug/p"


def rust(folder):
    source = write(folder, "p.rs", """fn main() {
    std::thread::spawn(|| 1).join().unwrap();
    std::thread::scope(|s| { s.spawn(|| 1); s.spawn(|| 2); });
}
""")
    build(need("rustc"), "-o", f"{folder}/p", source)
    Seen([f"{folder}/p"]).check({".*": "rust-thread"}, ["rust-thread"])


def tokio(folder):
    program = cargo(folder, 'tokio = { version = "1", features = ["rt-multi-thread"] }', """fn main() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    rt.block_on(async { tokio::task::spawn_blocking(|| 1).await.unwrap(); });
}
""")
    Seen([program]).check({".*": "rust-tokio"}, ["rust-tokio"])


def rayon(folder):
    program = cargo(folder, 'rayon = "1"', "fn main() { rayon::join(|| 1, || 2); }\n")
    Seen([program]).check({".*": "rust-rayon"}, ["rust-rayon"])


CASES = [java_serial, java_parallel, java_g1, java_z, java_shenandoah, node, bun, deno, python, pypy, go, go_cgo, ruby,
         erlang, elixir, ocaml, ocaml_domains, haskell, mono, sbcl, guile, racket, swipl, rust, tokio, rayon]

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        run_case(CASES, 3)
        sys.exit(0)
    sys.exit(in_own_folder(next(case for case in CASES if case.__name__ == sys.argv[3])))

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jit.py THRTRACE CASE: names of code made at run time, from the maps that node and Java write; maps that are not believed."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_case, skip

THRTRACE = (sys.argv + [""])[1]

NODE = """
const { Worker } = require('worker_threads');
function makeWorker() { return new Worker('setTimeout(() => {}, 5)', { eval: true }); }
function inner() { makeWorker(); }
function outer() { inner(); }
outer();
"""

# A worker for each kind of file that its map may be; the last one is as it should be.
FORGER = r"""
const { Worker } = require('worker_threads');
const fs = require('fs'), { execFileSync } = require('child_process');
const map = `/tmp/perf-${process.pid}.map`, other = `${process.argv[2]}/other`;
const write = to => {
  const code = fs.readFileSync('/proc/self/maps', 'utf8').split('\n').filter(l => / r?w?-?r?.xp 00000000 00:00 0 *$/.test(l));
  let text = '1 ffffffffffff too large\n';
  for (const line of code) {
    let [low, high] = line.split(' ')[0].split('-').map(x => BigInt('0x' + x));
    for (; low < high; low += 0x100000n) {
      const size = high - low < 0x100000n ? high - low : 0x100000n;
      text += `${low.toString(16)} ${size.toString(16)} forged \x1b[31m\n`;
    }
  }
  fs.writeFileSync(to, text, { mode: 0o644 });
};
const kinds = {
  link: () => { write(other); fs.symlinkSync(other, map); },
  directory: () => fs.mkdirSync(map),
  names: () => { write(other); fs.linkSync(other, map); },
  others: () => { write(map); fs.chmodSync(map, 0o666); },
  older: () => { write(map); fs.utimesSync(map, 1e9, 1e9); },
  user: () => { write(map); if (!process.getuid()) fs.chownSync(map, 65534, 65534); else fs.chmodSync(map, 0o666); },
  pipe: () => execFileSync('mkfifo', [map]),
  good: () => write(map),
};
(async () => {
  for (const kind of Object.keys(kinds)) {
    fs.rmSync(map, { recursive: true, force: true });
    fs.rmSync(other, { force: true });
    kinds[kind]();
    await new Promise(done => new Worker('1', { eval: true }).on('exit', done));
  }
  fs.rmSync(map);
})();
"""

JAVA = """
public class J {
    static long sum;
    static void spawn(int i) throws Exception { Thread t = new Thread(() -> { sum++; }); t.start(); t.join(); }
    static void many(int n) throws Exception { for (int i = 0; i < n; i++) spawn(i); }
    public static void main(String[] a) throws Exception {
        many(700);
        String pid = "" + ProcessHandle.current().pid();
        new ProcessBuilder("jcmd", pid, "Compiler.perfmap").start().waitFor();
        many(20);
        new java.io.File("/tmp/perf-" + pid + ".map").delete();
    }
}
"""


def need(tool):
    if not shutil.which(tool):
        skip(f"{tool} is not here")


def creators(*command, folder, options=()):
    trace = os.path.join(folder, "trace")
    done = subprocess.run([THRTRACE, *options, "--format=json", "-o", trace, *command], capture_output=True, timeout=100,
                          cwd=folder)
    if done.returncode:
        raise Failure(f"{command}: status {done.returncode}: {done.stderr.decode()[-800:]}")
    with open(trace, encoding="utf-8") as f:
        births = [e for e in map(json.loads, f) if e["event"] == "birth"]
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"/tmp/perf-{births[0]['tgid']}.map")
    return [b["creator"] for b in births if b.get("creator")]


def names(frames):
    return [f["symbol"] for f in frames if f["symbol"] and f["module"] == "[JIT]"]


def node_says_its_functions():
    need("node")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "w.js")
        with open(program, "w", encoding="utf-8") as f:
            f.write(NODE)
        made = [names(frames) for frames in creators("node", "--perf-basic-prof", "--interpreted-frames-native-stack",
                                                     program, folder=folder)]
        chain = [n.split(" ")[0][4:] for n in made[-1] if f"{program}:" in n]
        if chain[:3] != ["makeWorker", "inner", "outer"]:
            raise Failure(f"{made[-1]}")


def java_says_its_methods():
    need("javac")
    need("jcmd")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "J.java"), "w", encoding="utf-8") as f:
            f.write(JAVA)
        subprocess.run(["javac", "-d", folder, f.name], check=True)
        made = creators("java", "-cp", folder, "J", folder=folder, options=["--light"])
        if not any("void java.lang.Thread.start0()" in names(frames) for frames in made[-20:]):
            raise Failure(f"{made[-1]}")
        if any(names(frames) for frames in made[:500]):
            raise Failure("named before there was a map")


def who_forges_a_map_is_not_believed():
    need("node")
    why = ["its map is no regular file", "its map is no regular file", "its map has other names", "others can write its map",
           "its map is older than the process",
           "its map is another user's" if os.getuid() == 0 else "others can write its map", "its map is no regular file"]
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "forge.js")
        with open(program, "w", encoding="utf-8") as f:
            f.write(FORGER)
        made = [frames for frames in creators("node", "--interpreted-frames-native-stack", program, folder, folder=folder)
                if any("Worker::StartThread" in (f["symbol"] or "") for f in frames)]
    said = [next((f["module"] for f in frames if (f["module"] or "").startswith("[JIT")), None) for frames in made]
    if said != [f"[JIT: {w}]" for w in why] + ["[JIT]"]:
        raise Failure(f"{said}")
    if any(names(frames) for frames in made[:-1]) or set(names(made[-1])) != {"forged \\x1b[31m"}:
        raise Failure(f"{[names(frames) for frames in made]}")


CASES = [node_says_its_functions, java_says_its_methods, who_forges_a_map_is_not_believed]

if __name__ == "__main__":
    try:
        run_case(CASES, 2)
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jit.py THRTRACE CASE: names of code made at run time, from the maps that node and Java write, and from what programs
register for debuggers; maps that are not believed."""
import contextlib
import json
import os
import platform
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


def births_of(*command, folder, options=()):
    trace = os.path.join(folder, "trace")
    done = subprocess.run([THRTRACE, *options, "--format=json", "-o", trace, *command], capture_output=True, timeout=100,
                          cwd=folder)
    if done.returncode:
        raise Failure(f"{command}: status {done.returncode}: {done.stderr.decode()[-800:]}")
    with open(trace, encoding="utf-8") as f:
        births = [e for e in map(json.loads, f) if e["event"] == "birth"]
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"/tmp/perf-{births[0]['tgid']}.map")
    return [b for b in births if b.get("creator")]


def creators(*command, folder, options=()):
    return [b["creator"] for b in births_of(*command, folder=folder, options=options)]


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
        before = [f for frames in made[:500] for f in frames if f["symbol"] and f["module"] == "[JIT]"]
        if {f["symbol"] for f in before} != {"interpreted"}:
            raise Failure(f"before there was a map: {[names(frames) for frames in made[:500]]}")
        # The virtual machine says of its interpreter where it is, and in its map, too.
        interpreted = {f["pc"] for f in before}
        later = {f["symbol"] for frames in made[-20:] for f in frames if f["pc"] in interpreted}
        if later != {"Interpreter"}:
            raise Failure(f"what was interpreted is {later} in the map")


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


# Copies a function to where no file is, and registers an ELF file for it, which it makes in its memory.
REGISTERS = r"""
#include <elf.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
struct entry { struct entry *next, *prev; const char *file; uint64_t size; };
struct { uint32_t version, action; struct entry *relevant, *first; } __jit_debug_descriptor = { 1, 0, 0, 0 };
#ifdef __aarch64__
static const uint32_t code[] = { 0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0 };
#else
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 }; /* calls its argument */
#endif
struct file { Elf64_Ehdr head; Elf64_Shdr section[4]; Elf64_Sym symbol[2]; char names[16]; };
static struct file files[2];
static struct entry entries[2];
static void *work(void *arg) { return arg; }
static int spawn(void)
{
	pthread_t t;
	return pthread_create(&t, NULL, work, NULL) || pthread_join(t, NULL);
}
static void enter(int i, const char *name, void *at)
{
	struct file *f = &files[i];
	f->head = (Elf64_Ehdr){ .e_ident = ELFMAG, .e_type = ET_REL, .e_shoff = sizeof(f->head),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 4 };
	f->head.e_ident[EI_CLASS] = ELFCLASS64;
	f->head.e_ident[EI_DATA] = ELFDATA2LSB;
	f->section[1] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_addr = (uintptr_t)at, .sh_size = sizeof(code) };
	f->section[2] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_offset = offsetof(struct file, symbol),
		.sh_size = sizeof(f->symbol), .sh_link = 3, .sh_entsize = sizeof(Elf64_Sym) };
	f->section[3] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct file, names),
		.sh_size = sizeof(f->names) };
	f->symbol[1] = (Elf64_Sym){ .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1,
		.st_size = sizeof(code) };
	strcpy(f->names + 1, name);
	entries[i] = (struct entry){ __jit_debug_descriptor.first, NULL, (const char *)f, sizeof(*f) };
	__jit_debug_descriptor.first = __jit_debug_descriptor.relevant = &entries[i];
	__jit_debug_descriptor.action = 1;
}
int main(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(at, code, sizeof(code));
	__builtin___clear_cache(at, (char *)at + sizeof(code));
	int (*call)(int (*)(void)) = at;
	int bad = call(spawn);
	enter(0, "made", at);
	bad |= call(spawn);
	__jit_debug_descriptor.first = NULL;
	__jit_debug_descriptor.action = 2;
	bad |= call(spawn);
	enter(1, "again", at);
	bad |= call(spawn);
	__jit_debug_descriptor.first->next = __jit_debug_descriptor.first; /* a list without an end */
	__jit_debug_descriptor.relevant = NULL;
	return bad | call(spawn);
}
"""


def what_is_registered_has_its_names():
    need("gcc")
    if platform.machine() not in ("x86_64", "aarch64"):
        skip("the program has code for x86-64 and aarch64")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "r.c"), "w", encoding="utf-8") as f:
            f.write(REGISTERS)
        program = os.path.join(folder, "r")
        subprocess.run(["gcc", "-O0", "-rdynamic", "-pthread", "-o", program, f.name], check=True)
        made = creators(program, folder=folder)
    said = [next(f["symbol"] for f in frames if f["module"] == "[JIT]") for frames in made]
    if said != [None, "made", None, "again", None]:
        raise Failure(f"{said}")
    if any("main" not in [f["symbol"] for f in frames] for frames in made):
        raise Failure(f"no way to main(): {made}")


IR_OF = """
#include <pthread.h>
static void *work(void *arg) { return arg; }
__attribute__((noinline)) int make_one(void)
{
	pthread_t t;
	return pthread_create(&t, 0, work, 0) || pthread_join(t, 0);
}
int main(void) { return make_one(); }
"""


def llvm_registers_its_functions():
    need("clang")
    need("lli")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "l.c"), "w", encoding="utf-8") as f:
            f.write(IR_OF)
        code = os.path.join(folder, "l.bc")
        subprocess.run(["clang", "-O0", "-emit-llvm", "-c", "-o", code, f.name], check=True)
        for kind in "mcjit", "orc":
            if subprocess.run(["lli", f"-jit-kind={kind}", code], capture_output=True, check=False).returncode:
                skip(f"lli runs nothing of this clang's with -jit-kind={kind}")
            event = births_of("lli", f"-jit-kind={kind}", code, folder=folder)[-1]
            if names(event["creator"])[:2] != ["make_one", "main"] or event["start_routine"]["symbol"] != "work":
                raise Failure(f"{kind}: {event}")


CASES = [node_says_its_functions, java_says_its_methods, who_forges_a_map_is_not_believed,
         what_is_registered_has_its_names, llvm_registers_its_functions]

if __name__ == "__main__":
    try:
        run_case(CASES, 2)
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)

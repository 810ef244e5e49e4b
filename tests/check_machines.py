#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What knows a machine stands in the files of that machine: registers, ELF machine numbers, #if of a machine, the size of a page.

    check_machines.py SOURCES
    check_machines.py --selftest

Looked at is the code of decode/, tracer/ and include/ without comments and texts. ELSEWHERE names what stands in a file for all
machines and why; an entry that is no longer needed fails as well.
"""
import pathlib
import re
import sys

# Files of one machine, of the table of machines, and programs of lessons, which are shown.
MACHINE = re.compile(r"_(x86_64|i386|x86|aarch64|riscv64|noarch)\.[ch]$|^decode/abi/|/(x86_64|i386|aarch64|riscv64)(_nr)?\.(c|def)$"
                     r"|^tracer/unwind/unwind32|^tracer/symbols/cfi32|^tracer/creators/start_routine32|^tracer/lessons/programs/")
WORDS = {
    "register": r"\b(orig_)?[re](ax|bx|cx|dx|si|di|bp|sp|ip)\b|\b[RE](AX|BX|CX|DX|SI|DI|BP|SP|IP)\b|\bfs_base\b|\btpidr\w*|\b[xX]30\b",
    "machine": r"\bEM_(X86_64|386|AARCH64|ARM|RISCV)\b|\b__(x86_64|i386|aarch64|arm|riscv)(__)?\b|\b[A-Z]+_ARCH_(X86_64|I386|AARCH64)\b",
    "name of a machine": r"\"(x86_64|i386|aarch64|riscv64)\"",
    # As a mask, a divisor, or a unit; a buffer may have any size.
    "page": r"[&/%*|] *~?\(?\w*\)?\b(4096|4095|0x1000|0xfff)\b|\b(4096|4095|0x1000|0xfff)\b *[-+*/%&|]|\b\w*PAGE\w* *=? *(4096|0x1000)\b|\bPAGE_(SIZE|SHIFT|MASK)\b",
}
ELSEWHERE = {
    "decode/calls/futex.c": "the layout of FUTEX_OP's word: 12 bits",
    "decode/census/places.c": "the numbers of calls of x86-64, and the common ones of all others",
    "decode/code/firstcall.c": "reads instructions of x86-64, as the name of its function says",
    "decode/code/tls.c": "how thread-local variables are laid out, a row a machine",
    "decode/verdict/refusals.c": "what only the kernels of x86-64 once let through",
    "tracer/creators/tls.c": "which side of the thread pointer a library's variables are on",
    "tracer/creators/waits.c": "its reading of the calls is that of x86-64, and elsewhere that of the unwinder",
    "tracer/kernel/program.c": "x32 is a thing of x86-64 alone",
    "tracer/measure/processes.c": "memory is touched at least once a page, whatever its size",
    "tracer/observe/events.c": "a watermark, the earlier the larger the page is",
    "tracer/symbols/module.c": "call frame information of 32-bit programs is kept for libdw",
    "tracer/try/of_signals.c": "struct sigaction of the kernel has a restorer on x86-64 alone",
    "tracer/unwind/unwind_walk.h": "memory is read in pieces of the least page",
}
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def code_of(text):
    """Comments and texts are blanks, but for a text that is a machine's name; lines stay lines."""
    def blank(m):
        keep = re.fullmatch(WORDS["name of a machine"], m[0])
        return m[0] if keep else re.sub(r"[^\n]", " ", m[0])
    return TOKEN.sub(blank, text)


def found_in(text):
    for number, line in enumerate(code_of(text).split("\n"), 1):
        if re.match(r"\s*#\s*include", line):
            continue
        for kind, pattern in WORDS.items():
            hit = re.search(pattern, line)
            if hit:
                yield number, kind, hit[0].strip()


def check(sources):
    wrong, needed = [], set()
    for top in ("decode", "tracer", "include"):
        for path in sorted((sources / top).rglob("*")):
            name = path.relative_to(sources).as_posix()
            if path.suffix not in (".c", ".h", ".def") or MACHINE.search(name):
                continue
            for number, kind, word in found_in(path.read_text(encoding="utf-8")):
                if name in ELSEWHERE:
                    needed.add(name)
                else:
                    wrong.append(f"{name}:{number}: {kind}: {word}")
    return wrong + [f"{name}: no longer needed in ELSEWHERE" for name in ELSEWHERE if name not in needed]


def selftest():
    bad = ("#ifdef __x86_64__", "x = regs->rip;", "at & ~4095;", "if (m == EM_AARCH64)", 'strcmp(a, "x86_64")', "n * 4096;",
           "#define PAGE 4096", "at & 0xfff;", "at % 4096", "asm_reg = tpidr_el0;")
    good = ("/* rip */ x = 1;", 'puts("fs_base");', "char buf[4096];", "#include <asm/x86_64.h>", "int trip, script;", "x = 0xffff;")
    missed = [text for text in bad if not list(found_in(text))]
    taken = [text for text in good if list(found_in(text))]
    return [f"not found: {text}" for text in missed] + [f"found: {text}" for text in taken]


def main():
    wrong = selftest() if sys.argv[1] == "--selftest" else check(pathlib.Path(sys.argv[1]))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

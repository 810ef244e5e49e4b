#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_layers.py SOURCES ARCHIVE...: what each room may ask, of whom.

Each archive is one room (libthr_ROOM.a), given from below to above; SOURCES is the checkout. It fails for
  - a call upwards, or a header included from a room above;
  - files of a room that call each other in a circle;
  - what a room asks of the system beside what ROOMS allows it. decode/ is pure; the requests that reach a traced task are
    made in tracer/kernel alone;
  - a question that a replay could not answer: what a trace is made of is asked through the door (kernel/kernel.h) or of
    the creators, by rooms that run in a replay, too.
check_layers.py --selftest CC: builds one small tree for each of these, and looks that it fails there and nowhere else.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# Strings and memory; formatting into memory; numbers; character classes; errno; search(3) trees.
PURE = (
    r"bcmp|mem(chr|cmp|cpy|move|set|mem|rchr)"
    r"|str(chr|chrnul|rchr|cmp|ncmp|casecmp|ncasecmp|cspn|spn|len|nlen|ncpy|str|pbrk|n?dup|tol|toll|toul|toull)"
    r"|(__)?(v?snprintf|memcpy|memset|memmove|strncpy)(_chk)?|calloc|malloc|realloc(array)?|free"
    r"|(__isoc(99|23)_)?sscanf|t(search|find|delete|destroy)|qsort|bsearch|__(isoc23_)?strto(l|ll|ul|ull)"
    r"|__ctype_(b|tolower|toupper)_loc|toupper|tolower|__errno_location")
# What compilers put in for sanitizers, coverage and position independence is no call; an assertion that fails is a bug.
NOISE = r"__(asan|ubsan|sanitizer|sancov|gcov|llvm|stack_chk)\w*|llvm_\w+|__start_\w+|__stop_\w+|_GLOBAL_OFFSET_TABLE_|__assert_fail"
ELF = r"g?elf_\w+|dwarf_\w+|lzma_\w+|cplus_demangle\w*|rust_demangle\w*|dlang_demangle"
FILES = r"open(64)?|openat(64)?|pread(64)?|read|close|f?stat(64|x)?|dup|fcntl(64)?|fstatfs(64)?|syscall|mmap(64)?|munmap"
ANY = r"\w+"

# Room: what all its files may ask of the system beside PURE; then FILE: what that one may besides, and why.
ROOMS = {
    "text": (r"json_\w+", {}),
    "tables": ("", {}),
    "abi": ("", {}),
    "proc": ("", {}),
    "records": ("", {}),
    "calls": ("", {
        "choice_word": r"reg(comp|exec|free)",  # of names of calls: bytes in, an answer out
    }),
    "code": ("", {}),
    "model": ("", {}),
    "verdict": ("", {}),
    "findings": ("", {
        "findings_page": r"json_\w+",
    }),
    "explain": (r"json_\w+", {}),
    "sinks": (r"json_\w+", {}),
    "census": (r"json_\w+", {}),
    "course": (r"json_\w+", {}),
    "trial": (r"json_\w+", {}),
    "tell": ("", {
        # Where the bytes go: a file, a terminal, or a command, which is a child of ours and no tracee.
        # While it waits for the reader of the last bytes it looks for signals that ask thrtrace to end.
        "output": r"open(64)?|close|write|send|(__)?poll(_chk)?|pipe2|posix_spawn\w*|waitpid|fstat(64)?|isatty|environ|fcntl(64)?"
                  r"|sig(emptyset|addset|ismember|procmask|timedwait)",
        # A line on the terminal of standard error, in a replay never.
        "progress": r"isatty|tcgetpgrp|getpgrp|(__)?poll(_chk)?|ioctl|write",
    }),
    "kernel": (ANY, {}),
    "symbols": (FILES + "|" + ELF, {}),
    "unwind": (r"_U\w+|unw_\w+|" + ELF, {}),
    "creators": ("", {}),
    "filter": ("", {
        "filter": r"prctl|syscall",
        "filter_seccomp": r"seccomp_\w+|memfd_create|lseek(64)?|pread(64)?|close",
    }),
    "tape": ("", {}),
    "follow": ("", {
        # Before a trace begins or after it has ended, and never in a replay.
        "attach": r"fprintf|__fprintf_chk|stderr",
        "attach_denial": r"geteuid|getpid|stat(64)?|(__)?open_2|proc_\w+",
        "attach_watch": r"_exit|clock_gettime|getpid|pthread_\w+|sem_\w+|write",
        "detach": r"nanosleep|pthread_\w+|syscall|_exit",
    }),
    "observe": ("", {
        # Opens events on tasks that its caller has made, and maps and reads their rings.
        "events": r"syscall|mmap(64)?|munmap|ioctl|read|close|ppoll|sysconf|pipe2|fork|waitpid|_exit|clock_gettime",
        "rings": r"read",
        # A thread of thrtrace's own, which copies what is in them.
        "emptier": r"pthread_\w+|sched_setscheduler|sigfillset|eventfd|write|close",
        # A file system that is mounted for children of its own alone, or trials on itself.
        "tracepoints": r"syscall|fopen(64)?|fclose|(__isoc\w+_)?fscanf|read|write|close|pipe2|fork|waitpid|_exit|geteuid|unshare|mount",
    }),
    "sample": (r"clock_gettime", {}),
    # What it measures are calls: none of them reaches a task of somebody else.
    "measure": (ANY, {}),
    # Makes processes of its own, and reads what they print.
    "lessons": (r"lesson_\w+|fork|_exit|exit|on_exit|setpgid|prctl|setrlimit(64)?|signal|sig(empty|add)set|sigprocmask|sigabbrev_np|open(64)?|fcntl(64)?"
                r"|dup2|close|chdir|fflush|stdout|pipe2|poll|read|clock_gettime|nanosleep|kill|waitpid|waitid", {}),
    # What it tries are calls, in processes of its own.
    "try": (ANY, {}),
    "cmd": (ANY, {}),
}
DECODE = ["text", "tables", "abi", "proc", "records", "calls", "code", "model", "verdict", "findings", "explain", "sinks", "census", "trial"]

# The requests that reach a task of somebody else. FILE of another room than kernel: which of them, and why.
REACH = r"ptrace|wait|wait3|wait4|waitpid|waitid|kill|tgkill|process_vm_readv|process_vm_writev"
MAY_REACH = {
    "tell/output": "waitpid",   # of -o '|command'
    "observe/events": "waitpid",       # a child of its own, which closes what takes long
    "observe/tracepoints": "waitpid",  # a child of its own, which looks into tracefs
    "measure/processes": "waitpid",  # children of its own, as all that --cost makes
    "measure/switches": "waitpid",
    "lessons/run": "kill|waitpid|waitid",  # programs that it has started
    "try/manage": "kill|waitpid",    # children of its own, and their children, all thrown away
    "try/try": "waitpid",
    "try/of_ends": "waitid",         # asks about the child that it has made
    "try/of_calls": "waitid",
    "try/of_groups": "waitid",
    "try/of_tracing": "ptrace|waitpid", # a tracer of its own, for a process that is thrown away as well
    "cmd/trace_cmd": "kill",    # a child that could not be seized must not run on by itself
}
REACH_BY_NUMBER = re.compile(r"\bSYS_(kcmp|ptrace|process_vm_\w+)\b")

# Functions of kernel/ that read a file or a clock by themselves. Rooms that run in a replay must not call them.
PAST_THE_DOOR = r"proc_(file_\w+|ns_inode)|pids_events_read|(caller|failure)_facts_read|program_identify(_file)?|kernel_linux_\w+"
REPLAYED = {"tell", "creators", "follow", "observe", "tape", "unwind"}
MAY_PASS = {"follow/attach_denial", "follow/detach"}  # never in a replay, as above


def symbols(archive):
    """{object: (needs, has)} of one archive; objects are named FILE.c.o."""
    out = subprocess.run(["nm", "-A", "-g", archive], capture_output=True, text=True, check=True).stdout
    objects = {}
    for line in out.splitlines():
        where, _, rest = line.partition(".o:")
        name = re.split(r"[:/]", where)[-1].removesuffix(".c")
        words = rest.split()
        if len(words) < 2:
            continue
        needs, has = objects.setdefault(name, (set(), set()))
        (needs if words[-2] == "U" else has).add(words[-1].partition("@")[0])
    return objects


def circles(graph):
    """The sets of nodes that reach each other."""
    reach = {}
    for start in graph:
        seen, todo = set(), [start]
        while todo:
            for node in graph.get(todo.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    todo.append(node)
        reach[start] = seen
    return {frozenset(b for b in graph if b in reach[a] and a in reach[b]) for a in graph if a in reach[a]}


def check_calls(rooms, bad):
    """rooms: [(room, {object: (needs, has)})], from below to above."""
    owner = {s: (i, room, name) for i, (room, objects) in enumerate(rooms)
             for name, (_, has) in objects.items() for s in has}
    for i, (room, objects) in enumerate(rooms):
        graph = {name: set() for name in objects}
        for name, (needs, _) in sorted(objects.items()):
            for symbol in sorted(needs):
                if symbol not in owner:
                    check_system(room, name, symbol, bad)
                    continue
                j, to, file = owner[symbol]
                if j > i:
                    bad.append(f"a call upwards: {room}/{name} asks {to}/{file} for {symbol}")
                elif j == i and file != name:
                    graph[name].add(file)
                if (to == "kernel" and room in REPLAYED and re.fullmatch(PAST_THE_DOOR, symbol)
                        and f"{room}/{name}" not in MAY_PASS):
                    bad.append(f"past the door: {room}/{name} calls {symbol}, which a replay has no answer to")
        for circle in circles(graph):
            bad.append(f"a circle in {room}/: {', '.join(sorted(circle))} call each other")


def check_system(room, name, symbol, bad):
    if re.fullmatch(NOISE, symbol) or re.fullmatch(PURE, symbol):
        return
    if re.fullmatch(REACH, symbol) and room != "kernel" and not re.fullmatch(MAY_REACH.get(f"{room}/{name}", ""), symbol):
        bad.append(f"only tracer/kernel reaches traced tasks, but {room}/{name} calls {symbol}")
        return
    common, files = ROOMS[room]
    own = files.get(name, "")
    if not any(allowed and re.fullmatch(allowed, symbol) for allowed in (common, own)):
        bad.append(f"{room}/{name} asks the system for {symbol}, which it may not")


def check_sources(top, order, bad):
    """Includes of a room above, and calls by number that only the door may make."""
    for side in ("decode", "tracer"):
        for source in sorted((top / side).glob("*/*.[ch]")):
            room = source.parent.name
            text = source.read_text(encoding="utf-8")
            for other in re.findall(r'^#include "(\w+)/', text, re.M):
                if room in order and other in order and order.index(other) > order.index(room):
                    bad.append(f"a header from above: {room}/{source.name} includes one of {other}/")
            if room != "kernel" and REACH_BY_NUMBER.search(text):
                bad.append(f"only tracer/kernel reaches traced tasks, but {room}/{source.name} names "
                           f"{REACH_BY_NUMBER.search(text).group(0)}")


def check(top, archives):
    bad = []
    rooms = [(re.sub(r"^libthr_|\.a$", "", pathlib.Path(a).name), symbols(a)) for a in archives]
    order = [room for room, _ in rooms]
    for side in ("decode", "tracer"):
        for folder in sorted((top / side).iterdir()):
            if folder.is_dir() and any(folder.glob("*.c")) and folder.name not in order:
                bad.append(f"{side}/{folder.name}/ is no room that is looked at")
    unknown = [room for room in order if room not in ROOMS]
    if unknown:
        return bad + [f"nothing says what {', '.join(unknown)} may ask: a row of ROOMS is missing"]
    if not any("ptrace" in needs for room, objects in rooms if room == "kernel" for needs, _ in objects.values()):
        bad.append("no ptrace in tracer/kernel: is nm of another kind?")
    check_calls(rooms, bad)
    check_sources(top, order, bad)
    return bad


# ---- what must fail ----

GOOD = {
    "decode/model/a.c": "int a(void); int a(void) { return 1; }",
    "tracer/kernel/k.c": "long ptrace(int, ...); int k(void); int k(void) { return (int)ptrace(0); }\n"
                         "int proc_file_read(void); int proc_file_read(void) { return 0; }",
    "tracer/follow/f.c": "int k(void); int f(void); int f(void) { return k(); }",
}
WRONG = [
    ("a call upwards", {"decode/model/up.c": "int f(void); int up(void); int up(void) { return f(); }"}),
    ("a circle in follow/", {"tracer/follow/x.c": "int y(void); int x(void); int x(void) { return y(); }",
                             "tracer/follow/y.c": "int x(void); int y(void); int y(void) { return x(); }"}),
    ("model/s asks the system for getpid", {"decode/model/s.c": "int getpid(void); int s(void); int s(void) { return getpid(); }"}),
    ("follow/w calls waitpid", {"tracer/follow/w.c": "int waitpid(int); int w(void); int w(void) { return waitpid(0); }"}),
    ("past the door", {"tracer/follow/p.c": "int proc_file_read(void); int p(void); int p(void) { return proc_file_read(); }"}),
    ("a header from above", {"tracer/follow/f.h": "", "decode/model/h.c": '#include "follow/f.h"\nint h;'}),
    ("names SYS_kcmp", {"tracer/follow/n.c": "#define SYS_kcmp 1\nint n = SYS_kcmp;"}),
]


def tree_of(cc, files):
    """What check says of a tree of these files."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        archives = {}
        for name, text in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
            if name.endswith(".c"):
                archives.setdefault(path.parent.name, []).append(path)
        made = []
        for room in ("model", "kernel", "follow"):
            objects = []
            for path in archives[room]:
                objects.append(str(top / (path.name + ".o")))
                subprocess.run([cc, "-c", "-fno-builtin", "-I", str(top / "tracer"), "-o", objects[-1], str(path)], check=True)
            made.append(str(top / f"libthr_{room}.a"))
            subprocess.run(["ar", "rcs", made[-1], *objects], check=True)
        return check(top, made)


def selftest(cc):
    failed = tree_of(cc, GOOD)
    for want, files in WRONG:
        found = tree_of(cc, GOOD | files)
        print(f"{want}: {found}")
        if len(found) != 1 or want not in found[0]:
            failed.append(f"'{want}' was to be found alone, not {found}")
    return failed


def main():
    if sys.argv[1] == "--selftest":
        bad = selftest(sys.argv[2])
    else:
        bad = check(pathlib.Path(sys.argv[1]), sys.argv[2:])
    for line in bad:
        print(line)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())

#!/bin/sh
# SPDX-License-Identifier: MIT
# check_layers.sh LIBTHRDECODE LIBTHRTRACER LIBTHRSYMBOLS: what each layer may ask of the system, as nm sees it.
#
# decode/ is pure: text, memory and numbers of the C library, and jansson. The requests that reach a traced task are
# made in tracer/kernel_linux.c alone, so that every other file runs over any door.
set -u
status=0

# Symbols that an archive needs and does not have itself. What compilers put in for sanitizers and coverage is no call.
undefined() {
	nm -g "$1" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u >"$2.needs"
	nm -g --defined-only "$1" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$2.has"
	comm -23 "$2.needs" "$2.has" | grep -Ev '^(__asan_|__ubsan_|__sanitizer_|__sancov_|__gcov_|__llvm_|llvm_|__start___|__stop___|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)'
}

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# Strings and memory; formatting into memory; numbers; character classes; errno; search(3) trees.
libc='bcmp|mem(chr|cmp|cpy|move|set|mem|rchr)|str(chr|chrnul|rchr|cmp|ncmp|casecmp|ncasecmp|cspn|spn|len|nlen|ncpy|str|pbrk|tol|toll|toul|toull)'
libc="$libc|(__)?(v?snprintf|memcpy|memset|memmove|strncpy)(_chk)?|calloc|malloc|realloc|free|t(search|find|delete|destroy)|qsort|bsearch"
libc="$libc|__(isoc23_)?strto(l|ll|ul|ull)|__ctype_(b|tolower|toupper)_loc|toupper|tolower|__errno_location"
if undefined "$1" "$dir/decode" | grep -Ev "^(($libc)|json_[a-z_]+)\$" >"$dir/bad"; then
	echo "decode/ must reach neither system nor stdio; it needs:"
	cat "$dir/bad"
	status=1
fi

# FILE:SYMBOL, each with its reason.
#   output.c:waitpid     the command of -o '|command' is a child of ours and no tracee
#   trace_cmd.c:kill     a child that could not be seized must not run on by itself
allowed='^(output\.c:waitpid|trace_cmd\.c:kill|kernel_linux\.c:.*)$'
for lib in "$2" "$3"; do
	# Objects are named FILE.c.o; "nm -A" says LIBRARY:OBJECT:...
	nm -A -g "$lib" 2>/dev/null | awk '$(NF-1) == "U" { n = split($1, at, ":"); f = at[2]; sub(/\.o:?$/, "", f); print f ":" $NF }'
done | grep -E ':(ptrace|wait|wait3|wait4|waitpid|waitid|kill|process_vm_readv|process_vm_writev)$' | grep -Ev "$allowed" >"$dir/bad"
if [ -s "$dir/bad" ]; then
	echo "only tracer/kernel_linux.c reaches traced tasks, but:"
	cat "$dir/bad"
	status=1
fi
# The door must be where it is looked for, or the check above says nothing.
if ! nm -A -g "$2" 2>/dev/null | grep -q 'kernel_linux\.c\.o:.* U ptrace$'; then
	echo "no ptrace in kernel_linux.c.o of $2: is nm of another kind?"
	status=1
fi
# Whatever a trace is made of is asked through the door or of the creators, or a replay could not answer it: the loop and
# its handlers read no file, no clock and no environment. FILE: those that run while a trace does.
running='(birth|calls|emit|facts|handle_births|handle_ends|handlers|loop|postmortem|run|shows|tracee|untraced)'
system='(f?open(at)?(64)?|f?read(link)?|pread(64)?|opendir|l?f?stat(x|64)?|uname|clock_gettime|gettimeofday|time|get(pid|env|rlimit)|ioctl|sysconf|syscall|is_?atty'
system="$system|proc_(file_read|ns_inode)|pids_events_read|(caller|failure)_facts_read|program_identify(_file)?)"
nm -A -g "$2" 2>/dev/null | awk '$(NF-1) == "U" { n = split($1, at, ":"); f = at[2]; sub(/\.o:?$/, "", f); print f ":" $NF }' |
	grep -E "^$running\.c:$system\$" >"$dir/bad"
if [ -s "$dir/bad" ]; then
	echo "a replay has no answer to what these ask past the door:"
	cat "$dir/bad"
	status=1
fi
# kcmp has no wrapper in the C library: syscall(SYS_kcmp) is looked for in the sources.
src=$(dirname "$0")/../tracer
if grep -l 'SYS_kcmp\|SYS_ptrace\|SYS_process_vm' "$src"/*.c | grep -v 'kernel_linux\.c$'; then
	echo "kcmp and its like belong into tracer/kernel_linux.c"
	status=1
fi
exit $status

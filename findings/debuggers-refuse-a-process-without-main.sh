#!/bin/sh
# SPDX-License-Identifier: MIT
# A process whose main has left by pthread_exit runs on, but gdb, strace -f and eu-stack can't attach to it by its pid.
#
# Run:    gdb 13.1 (Debian gdb 13.1-3), strace 6.1 (strace 6.1-0.1), eu-stack of elfutils 0.188 (elfutils, libelf1,
#         libdw1 0.188-2.1), Linux 6.18.44 x86-64, a program of this script. Needs a C compiler and the right to
#         trace.
# Guess:  All three look into /proc/PID/task and take the threads that they find there. The first thread, a zombie,
#         can't be attached to, so it is left out, or told of in a warning; the others are shown.
# Is:     They begin with the number that they were given, as a thread. Its PTRACE_SEIZE or PTRACE_ATTACH is refused
#         with EPERM (it is a zombie), its /proc/PID/maps is empty, and so they give up: gdb calls the whole process a
#         zombie that has terminated. With the number of a living thread strace -f has all that live. gdb has that one
#         alone. ps shows the process with Zl, and defunct; a supervisor that goes by the Z takes a working server for
#         a dead one.
# Seen:
#   ps: Zl, of 3 threads 2 live
#   gdb: warning: process PID is a zombie - the process has already terminated
#   strace -f: ptrace(PTRACE_SEIZE, PID): Operation not permitted
#   eu-stack: dwfl_linux_proc_report pid PID: No such process
#   strace -f, a living thread's number: Process TID attached with 2 threads
#   gdb, a living thread's number: 1 threads
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download gdb=13.1-3 strace=6.1-0.1 elfutils=0.188-2.1 libelf1=0.188-2.1 libdw1=0.188-2.1 \
	>/dev/null 2>&1 && for deb in ./*.deb; do dpkg -x "$deb" root || exit 1; done) ||
	{ echo "skipped: a package is not to be had"; exit 77; }
bin=$dir/root/usr/bin lib=$dir/root/usr/lib/x86_64-linux-gnu
gdb() { timeout 60 "$bin/gdb" --data-directory "$dir/root/usr/share/gdb" -nx -q -batch "$@" 2>&1; }
eu_stack() { LD_LIBRARY_PATH=$lib timeout 60 "$bin/eu-stack" "$@" 2>&1; }
gdb -ex 'print 1' >/dev/null || { echo "skipped: a library that gdb needs is missing"; exit 77; }
eu_stack --version >/dev/null || { echo "skipped: a library that eu-stack needs is missing"; exit 77; }
"$bin/strace" -o /dev/null true 2>/dev/null || { echo "skipped: can't trace here"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *sleeper(void *arg)
{
	if (arg) {
		char state = 0;
		FILE *f;

		/* Not told before main has left. */
		while (state != 'Z') {
			f = fopen("/proc/self/stat", "r");
			if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
				_exit(77);
			fclose(f);
			usleep(1000);
		}
		printf("%d\n", gettid());
		fflush(stdout);
	}
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	pthread_t t;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	alarm(120);
	if (pthread_create(&t, NULL, sleeper, NULL) != 0 || pthread_create(&t, NULL, sleeper, &t) != 0)
		return 77;
	pthread_exit(NULL);
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
mkfifo "$dir/told"
"$dir/t" >"$dir/told" &
process=$!
read -r thread <"$dir/told"
said() { sed -n "s/.*\($1\).*/\1/p" | sed -e "s/$process/PID/" -e "s/$thread/TID/" | head -n 1; }
# strace stays until it is told to go: it is, as soon as it has said something.
attached() {
	: >"$dir/strace"
	"$bin/strace" -f -o /dev/null -p "$1" 2>>"$dir/strace" &
	strace=$!
	i=0
	while [ ! -s "$dir/strace" ] && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	kill -INT $strace 2>/dev/null
	wait $strace
	cat "$dir/strace"
}
{
	echo "ps: $(sed -n 's/^State:[^A-Z]*\(.\).*/\1l/p' "/proc/$process/status")," \
		"of $(find "/proc/$process/task" -mindepth 1 -maxdepth 1 | wc -l) threads" \
		"$(grep -c '^State:[^A-Z]*S' "/proc/$process/task"/*/status | grep -c ':1') live"
	echo "gdb: $(gdb -p "$process" -ex 'info threads' | said 'warning: process.*')"
	echo "strace -f: $(attached "$process" | said 'ptrace(.*')"
	echo "eu-stack: $(eu_stack -p "$process" | said 'dwfl_.*')"
	echo "strace -f, a living thread's number: $(attached "$thread" | said 'Process.*')"
	echo "gdb, a living thread's number:" \
		"$(gdb -p "$thread" -ex 'info threads' | grep -c '(LWP [0-9]*) "t"') threads"
} >"$dir/out"
kill -KILL "$process"
cat "$dir/out"
cat >"$dir/want" <<'W'
ps: Zl, of 3 threads 2 live
gdb: warning: process PID is a zombie - the process has already terminated
strace -f: ptrace(PTRACE_SEIZE, PID): Operation not permitted
eu-stack: dwfl_linux_proc_report pid PID: No such process
strace -f, a living thread's number: Process TID attached with 2 threads
gdb, a living thread's number: 1 threads
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

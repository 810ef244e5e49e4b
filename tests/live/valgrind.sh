#!/bin/sh
# SPDX-License-Identifier: MIT
# valgrind.sh THRTRACE PROGRAM FAULTS SANITIZED: thrtrace itself under valgrind, in every mode and format: no access that
# is wrong, no value that was never set, nothing lost at the end. A sanitized build has its own checks, and can't be run so.
set -u
thrtrace=$1 program=$2 faults=$3
if [ "$4" = ON ]; then
	echo "skipped: the build is sanitized"
	exit 77
fi
if ! readelf -lW "$thrtrace" | grep -q INTERP; then
	echo "skipped: thrtrace is linked statically, and valgrind would have to take the C library's functions for thrtrace's own"
	exit 77
fi
if ! valgrind -q true 2>/dev/null; then
	echo "skipped: valgrind is not installed, or does not run here"
	exit 77
fi
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
fails=0

# run STATUS ARG...: with 9 valgrind says that it found something.
run() {
	want=$1
	shift
	(
		# shellcheck disable=SC3045 # dash has it, too
		ulimit -c 0
		exec valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible \
			--suppressions="$(dirname "$0")/valgrind.supp" --child-silent-after-fork=yes --log-file="$log" "$thrtrace" "$@"
	) </dev/null >/dev/null 2>&1
	got=$?
	if [ $got != "$want" ]; then
		echo "FAILED: thrtrace $*: status $got, not $want"
		cat "$log"
		fails=$((fails + 1))
	fi
}

for mode in --seccomp-bpf --no-seccomp --light; do
	for format in text json; do
		run 0 $mode --format=$format "$program"
	done
done
run 0 -f -e trace=all -tt -T --notes=all --color=always --summary sh -c "'$program' | cat; true"
run 139 "$faults" recursion
sleep 60 &
run 0 --duration=500ms -p $!
kill $!
run 1 --explain --unprivileged vm,thread newuser
run 0 --flags --format=markdown
run 0 --resources
run 0 --completion=bash
run 0 --completion=zsh
run 127 ./there_is_no_such_program
run 125 -o /dev/full "$program"
exit $((fails > 0))

#!/bin/sh
# SPDX-License-Identifier: MIT
# nofilter.sh NOFILTER THRTRACE PROGRAM: where no seccomp filter can be set, thrtrace says so and traces without.
set -u
nofilter=$1 thrtrace=$2 program=$3
fails=0
for err in 1 38; do # EPERM of a sandbox, ENOSYS of a kernel without
	out=$("$nofilter" $err "$thrtrace" -o - "$program" 2>&1)
	status=$?
	[ $status = 77 ] && echo "$out" && exit 77
	for want in "no seccomp filter" "every system call of the program will stop" "T1 .* is born" "created by *T0 in main"; do
		if [ $status != 0 ] || ! printf '%s\n' "$out" | grep -q "$want"; then
			echo "FAILED with errno $err: status $status, nothing of '$want' in:"
			printf '%s\n' "$out"
			fails=$((fails + 1))
		fi
	done
done
exit $((fails > 0))

#!/bin/sh
# SPDX-License-Identifier: MIT
# How many threads sort(1) makes is set by OMP_NUM_THREADS, though sort has nothing to do with OpenMP.
#
# Run:    sort of GNU coreutils 9.1 (Debian coreutils 9.1-1) under strace 6.1 (strace 6.1-0.1), Linux 6.18.44 x86-64.
# Guess:  sort takes as many threads as there are processors, eight at the most, or what --parallel says. A variable
#         of the OpenMP runtime can't matter: sort uses plain pthreads, and no libgomp is loaded.
# Is:     The helper by which sort (as nproc) counts processors takes OMP_NUM_THREADS, and OMP_THREAD_LIMIT as a cap, for
#         the user's wish. With 1 a large sort has no thread at all, with 6 it makes five on a machine with two
#         processors. So the variable that is set to tame a numerics library slows the sorts of the same script.
# Seen (900000 lines; the threads that are made besides the first):
#   OMP_NUM_THREADS=1: 0
#   OMP_NUM_THREADS=6: 5
#   OMP_NUM_THREADS=6 OMP_THREAD_LIMIT=2: 1
#   OMP_NUM_THREADS=1, sort --parallel=4: 3
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -qq download coreutils=9.1-1 strace=6.1-0.1 >/dev/null 2>&1 &&
	dpkg -x coreutils_*.deb root && dpkg -x strace_*.deb root) ||
	{ echo "skipped: coreutils 9.1-1 or strace 6.1-0.1 is not to be had"; exit 77; }
seq 900000 -1 1 >"$dir/lines"
unset OMP_NUM_THREADS OMP_THREAD_LIMIT
# Arguments: a label, assignments for env, and the options of sort.
threads() {
	label=$1
	shift
	"$dir/root/usr/bin/strace" -f -qq -e trace=clone,clone3 -o "$dir/trace" \
		env "$@" -T "$dir" -o /dev/null "$dir/lines" || { echo "skipped: can't trace here" >&2; exit 77; }
	echo "$label: $(grep -c CLONE_THREAD "$dir/trace")"
}
sort=$dir/root/usr/bin/sort
{
	threads OMP_NUM_THREADS=1 OMP_NUM_THREADS=1 "$sort"
	threads OMP_NUM_THREADS=6 OMP_NUM_THREADS=6 "$sort"
	threads "OMP_NUM_THREADS=6 OMP_THREAD_LIMIT=2" OMP_NUM_THREADS=6 OMP_THREAD_LIMIT=2 "$sort"
	threads "OMP_NUM_THREADS=1, sort --parallel=4" OMP_NUM_THREADS=1 "$sort" --parallel=4
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
OMP_NUM_THREADS=1: 0
OMP_NUM_THREADS=6: 5
OMP_NUM_THREADS=6 OMP_THREAD_LIMIT=2: 1
OMP_NUM_THREADS=1, sort --parallel=4: 3
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

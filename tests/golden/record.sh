#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the records of this folder anew, and the output that is expected of each:
#
#   [THRTRACE_NEW_ROOT=DIR] sh tests/golden/record.sh build/release/thrtrace [NAME...]
#
# NAME: glibc glibc-new fault processes attached musl go java, and observed-glibc, observed-musl, observed-go, observed-java
# (--observe --creators=on) and observed-attached; default: all. aarch64, aarch64-musl and aarch64-go, with --expect alone,
# are of what glibc, musl and go are of, recorded in a guest of tests/machine. glibc-new takes the C library below
# THRTRACE_NEW_ROOT (tests/live/newroot.sh makes it). A NAME whose tools are missing is left as it is, and named. After a
# change of the output alone, --expect keeps the records and writes the expected output only.
#
# The programs are built and run in /tmp/demo, so that no path of the machine is recorded; the records are searched for
# the host's and the user's names all the same.
set -eu

[ $# -ge 1 ] || { echo "usage: record.sh THRTRACE [--expect] [NAME...]" >&2; exit 2; }
thrtrace=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
tracees=$here/../tracees
expect=
if [ "${1:-}" = --expect ]; then
	expect=yes
	shift
fi
[ $# -gt 0 ] || set -- glibc glibc-new fault processes attached musl go java aarch64 aarch64-musl aarch64-go \
	observed-glibc observed-musl observed-go observed-java observed-attached
demo=/tmp/demo
mkdir -p "$demo"
cd "$demo"

clean() {
	env -i PATH=/usr/bin:/bin LC_ALL=C "$@"
}

# tape NAME OPTION... -- PROGRAM...
tape() {
	name=$1
	shift
	rm -f "$demo/tape"
	clean "$thrtrace" --record="$demo/tape" -o /dev/null "$@" >"$demo/out" 2>&1 || [ "$name" = fault ]
	# A word of the machine in it is nobody's business.
	for word in "$(uname -n)" "${HOME:-}" "${USER:-}" "${LOGNAME:-}"; do
		if [ ${#word} -gt 4 ] && strings "$demo/tape" | grep -qF -- "$word"; then
			echo "record.sh: $name: '$word' is in the record, which is not taken" >&2
			exit 1
		fi
	done
	install -m 644 "$demo/tape" "$here/$name.tape"
}

# need NAME TOOL...
need() {
	name=$1
	shift
	for tool; do
		command -v "$tool" >/dev/null || { echo "record.sh: $name stays as it is: $tool is missing" >&2; return 1; }
	done
}

# build PROGRAM: what several records are of.
build() {
	case $1 in
	thr) cp "$tracees/thr.c" . && gcc -g -O0 -pthread -D_GNU_SOURCE -o thr thr.c ;;
	thr-musl) cp "$tracees/thr.c" . && musl-gcc -static -g -O0 -D_GNU_SOURCE -o thr-musl thr.c ;;
	workers)
		cp "$here/workers.go" .
		GOCACHE=$demo/cache GO111MODULE=off CGO_ENABLED=0 GOFLAGS=-trimpath go build -o workers workers.go
		;;
	accounts) cp "$tracees/accounts.c" "$tracees/oddity.h" . && gcc -g -O1 -pthread -D_GNU_SOURCE -o accounts accounts.c ;;
	esac
}

# attached NAME OPTION...: of a process that runs already.
attached() {
	build accounts
	rm -f input && mkfifo input
	env -i ./accounts <input >said & # not by a function: its shell would be the process
	exec 3>input # it ends when this is closed
	until grep -q ready said; do sleep 0.1; done
	tape "$@" --duration=200ms -p $!
	exec 3>&-
	wait
}

record() {
	case $1 in
	glibc)
		need "$1" gcc || return 0
		build thr
		tape "$1" -- ./thr
		;;
	observed-glibc)
		need "$1" gcc || return 0
		build thr
		tape "$1" --observe --creators=on -- ./thr
		;;
	glibc-new)
		need "$1" gcc || return 0
		loader=$(find "${THRTRACE_NEW_ROOT:-/none}/usr/lib" -maxdepth 2 -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
		[ -n "$loader" ] || { echo "record.sh: $1 stays as it is: THRTRACE_NEW_ROOT names no root" >&2; return 0; }
		rm -rf lib && mkdir lib && cp "$(dirname "$loader")"/ld-linux-*.so.* "$(dirname "$loader")"/libc.so.6 lib
		build thr
		tape "$1" -- "lib/$(basename "$loader")" --library-path lib ./thr
		;;
	fault)
		need "$1" gcc || return 0
		cp "$tracees/faults.c" . && gcc -g -O0 -pthread -o faults faults.c
		tape "$1" -- ./faults recursion
		;;
	processes)
		need "$1" gcc || return 0
		cp "$tracees/spawn.c" "$tracees/oddity.h" . && gcc -g -O1 -pthread -D_GNU_SOURCE -o spawn spawn.c
		tape "$1" -f -- ./spawn
		;;
	attached)
		need "$1" gcc || return 0
		attached "$1"
		;;
	observed-attached)
		need "$1" gcc || return 0
		attached "$1" --observe
		;;
	musl)
		need "$1" musl-gcc || return 0
		build thr-musl
		tape "$1" -- ./thr-musl
		;;
	observed-musl)
		need "$1" musl-gcc || return 0
		build thr-musl
		tape "$1" --observe --creators=on -- ./thr-musl
		;;
	go)
		need "$1" go || return 0
		build workers
		tape "$1" -- ./workers
		;;
	observed-go)
		need "$1" go || return 0
		build workers
		tape "$1" --observe --creators=on -- ./workers
		;;
	java)
		need "$1" java || return 0
		tape "$1" --light -- java -version
		;;
	observed-java)
		need "$1" java || return 0
		tape "$1" --observe --creators=on -- java -Xint -XX:+UseSerialGC -version
		;;
	aarch64*) echo "record.sh: $1 stays as it is: its record is of another machine" >&2 ;;
	*)
		echo "record.sh: there is no $1" >&2
		exit 2
		;;
	esac
}

for one; do
	[ -n "$expect" ] || record "$one"
	[ -f "$here/$one.tape" ] || continue
	"$thrtrace" --replay="$here/$one.tape" -o "$here/$one.txt"
	"$thrtrace" --replay="$here/$one.tape" --format=json -o "$here/$one.json"
	for view in chrome tree dot csv strace; do
		"$thrtrace" --replay="$here/$one.tape" --format=$view -o "$here/$one.$view"
	done
	"$thrtrace" --replay="$here/$one.tape" --format=html |
		sed '/^<style>$/,/^<\/style>/d; /^<script>$/,/^<\/script>/d' >"$here/$one.html"
done

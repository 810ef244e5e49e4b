#!/bin/sh
# SPDX-License-Identifier: MIT
# fail_on.sh THRTRACE TAPE: a record with findings fails as --fail-on has it, but for those of the baseline and what is
# ignored. Replayed, so that nothing is traced.
set -u
thrtrace=$1
tape=$2
status=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

want() { # status, option...
	want=$1
	shift
	"$thrtrace" --replay="$tape" -qq "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ $got = "$want" ] && return
	echo "$*: status $got, not $want"
	cat "$dir/err"
	status=1
}

"$thrtrace" --replay="$tape" --format=json -o "$dir/base"
id=$(sed -n 's/.*"event":"finding".*"id":"\([a-z-]*\)".*/\1/p' "$dir/base" | sort -u)
[ "$id" = stack-overflow ] || { echo "the record has: $id"; exit 1; }
want 0
want 7 --error-exitcode=7
want 1 --fail-on=error
want 7 --fail-on=error --error-exitcode=7
want 1 --fail-on=null-pointer,stack-overflow
want 0 --fail-on=null-pointer,wait-in-vain
want 0 --fail-on=none --error-exitcode=7
want 125 --fail-on=overflow
want 0 --fail-on=error --baseline="$dir/base"
grep -q '!! stack-overflow' "$dir/out" || { echo "what is known is not told"; status=1; }
grep '"finding"' "$dir/base" | sed 's/.*"fingerprint":"\([^"]*\)".*/\1/' >"$dir/prints"
want 0 --fail-on=error --baseline="$dir/prints"
echo "stack-overflow of nobody" >"$dir/prints"
want 1 --fail-on=error --baseline="$dir/prints"
want 125 --baseline="$dir/base"
want 0 --fail-on=error --ignore='stack-overflow:.'
[ -s "$dir/out" ] && { echo "what is ignored is told"; status=1; }
want 1 --fail-on=error --ignore='*:no such name'
want 125 --ignore='stack-overflow:['

# The page and the JSON of a trace with a baseline say so.
"$thrtrace" --replay="$tape" --fail-on=error --baseline="$dir/base" --format=json:"$dir/json" >"$dir/text"
grep -q '^1 of them in the baseline$' "$dir/text" || { echo "the page does not tell the baseline"; status=1; }
grep -q '"known":true' "$dir/json" || { echo "the line does not tell that it is known"; status=1; }
exit $status

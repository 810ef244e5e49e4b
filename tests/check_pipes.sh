#!/bin/sh
# SPDX-License-Identifier: MIT
# check_pipes.sh THRTRACE THR GOLDEN DOCUMENT...: the commands that the documents pipe somewhere arrive there. Each is run as it
# stands, in a folder where ./server is a program, odd.tape its record, trace.jsonl its trace, and findings.jsonl that of a
# program with a fault.
set -u
thrtrace=$1
thr=$2
golden=$3
shift 3
for tool in jq strings less; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/build/release"
ln -s "$thrtrace" "$dir/build/release/thrtrace"
ln -s "$thr" "$dir/server"

# "$ command | command", in Markdown or in troff, without the prompt.
for document; do
	sed -n 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\e/\\/g; s/^\$ \(.* | .*\)$/\1/p' "$document"
done >"$dir/commands"
cd "$dir" || exit 1
PATH=$dir/build/release:$PATH
thrtrace -o /dev/null --record=odd.tape ./server >/dev/null || { echo "no record can be made: status $?"; exit 1; }
thrtrace -o trace.jsonl --format=json --replay=odd.tape
thrtrace -o findings.jsonl --format=json --replay="$golden/fault.tape"
n=0
while IFS= read -r command; do
	n=$((n + 1))
	if ! sh -c "$command" >out 2>err </dev/null || [ ! -s out ]; then
		echo "FAILED: $command: status $?, $(wc -c <out) bytes arrive; standard error:"
		cat err
		exit 1
	fi
done <commands
[ $n -ge 3 ] || { echo "the documents have $n pipes only: is it another mark?"; cat commands; exit 1; }

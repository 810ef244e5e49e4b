#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh go|tokio: the program beside is built, and what it prints is a row for --cost-with.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

sh "$here/build.sh" "$1" "$folder/tasks"
for what in make switch; do
	"$folder/tasks" "$what" | python3 -c '
import json, sys
line = sys.stdin.readline()
row = json.loads(line)
ok = isinstance(row["name"], str) and row["n"] >= 1000 and 1 < row["min_ns"] <= row["median_ns"] <= row["p99_ns"]
sys.exit(0 if ok and not sys.stdin.read() else "no row: " + line)'
done
if "$folder/tasks" nonsense 2>/dev/null; then
	echo "it takes any word"
	exit 1
fi

#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh THRTRACE TAPE: the replay of a record is what stands beside it, in every view.
set -u
name=${2%.tape}
status=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

check() { # KIND FORMAT
	if ! "$thrtrace" --replay="$tape" --format="$2" -o "$dir/new" 2>"$dir/err"; then
		echo "$tape: the replay as $2 fails:"
		cat "$dir/err"
		status=1
	fi
	if [ "$2" = html ]; then # less the style and the script, which are files of their own
		sed '/^<style>$/,/^<\/style>/d; /^<script>$/,/^<\/script>/d' "$dir/new" >"$dir/less"
		mv "$dir/less" "$dir/new"
	fi
	diff -u "$name.$1" "$dir/new" || status=1
}

thrtrace=$1
tape=$2
check txt text
check json json
check chrome chrome
for view in tree dot csv strace html; do
	check $view $view
done
[ $status = 0 ] || echo "Wanted? sh tests/golden/record.sh build/release/thrtrace [--expect] ${name##*/}"
exit $status

#!/bin/sh
# SPDX-License-Identifier: MIT
# check_findings.sh FINDINGS.DEF MANPAGE: each finding is in the page, by its id and its severity, and no other is.
set -u
status=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sed -n 's/^FINDING([a-z0-9_]*, "\([a-z0-9-]*\)", \([A-Z]*\),.*/\1 \2/p' "$1" | tr '[:upper:]' '[:lower:]' | sort >"$dir/rows"
sed -n 's/^\.BR \([a-z0-9\\-]*\) " (\([a-z]*\))"$/\1 \2/p' "$2" | sed 's/\\-/-/g' | sort >"$dir/page"
[ "$(grep -c '^FINDING(' "$1")" -eq "$(wc -l <"$dir/rows")" ] || { echo "$1 has rows that begin otherwise"; exit 1; }
[ "$(wc -l <"$dir/rows")" -gt 30 ] || { echo "$1 has no findings"; exit 1; }
diff "$dir/rows" "$dir/page" || { echo "$2 does not name what $1 has"; status=1; }
exit $status

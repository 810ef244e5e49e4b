#!/bin/sh
# SPDX-License-Identifier: MIT
# check_man.sh THRTRACE MANPAGE README: every option of --help is described in the page, under OPTIONS; and the page names no
# option that --help lacks. README's table of options has the same ones.
set -u
[ -r "$2" ] || { echo "there is no page $2"; exit 1; }
status=0

# In troff a hyphen is \-. Examples are commands with options of their own.
page=$(sed '/^\.nf/,/^\.fi/d; s/\\-/-/g; s/\\f[BIRP]//g; s/"//g' "$2")
# What a tagged paragraph of OPTIONS is about stands in the line behind .TP.
described=$(printf '%s\n' "$page" | awk '/^\.SH/ { on = /OPTIONS/ } on && tag { print } { tag = /^\.TP/ }' |
	grep -Eo -- '(^| )(-[A-Za-z]\b|--[a-z][a-z-]*)' | tr -d ' ')
named=$(printf '%s\n' "$page" | grep -Eo -- '(^|[^A-Za-z-])--[a-z][a-z-]*' | sed 's/^[^-]*//' | sort -u)
options=$("$1" --help | grep -Eo '^ +(-[A-Za-z], )?--[a-z-]+' | grep -Eo -- '(-[A-Za-z]\b|--[a-z-]+)')
[ -n "$options" ] || { echo "--help names no option"; exit 1; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
missing() { # of the words $1, those that are not among the words $2, with what to say of them
	printf '%s\n' "$1" | sort -u >"$dir/these"
	printf '%s\n' "$2" | sort -u | comm -23 "$dir/these" - | sed "s|^|$3 |" >"$dir/missing"
	if [ -s "$dir/missing" ]; then
		cat "$dir/missing"
		status=1
	fi
}

missing "$options" "$described" "$2 does not describe"
missing "$described" "$options" "--help says nothing of"
missing "$named" "$options" "$2 speaks of an option that there is not:"

table=$(awk '/^## / { on = /^## Options/ } on && /^\|/' "$3" | tr '\140' '\n' | grep -E '^-[A-Za-z-]*[A-Za-z]$')
missing "$options" "$table" "the table of $3 lacks"
missing "$table" "$options" "--help lacks what the table of $3 has:"
exit $status

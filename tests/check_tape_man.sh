#!/bin/sh
# SPDX-License-Identifier: MIT
# check_tape_man.sh TAPE.H MANPAGE: each operation of a record is in the page, under its number and its name.
set -u
status=0
page=$(sed 's/\\-/-/g; s/"//g' "$2")
operations=$(sed -n 's/^\tTAPE_\([A-Z0-9_]*\) = \([0-9]*\),.*/\2 \1/p' "$1" | tr '[:upper:]' '[:lower:]')
[ "$(printf '%s\n' "$operations" | wc -l)" -gt 30 ] || { echo "$1 has no operations"; exit 1; }
printf '%s\n' "$operations" | {
	while read -r operation; do
		if ! printf '%s\n' "$page" | grep -Eq -- "(^| )$operation( |\$)"; then
			echo "$2 says nothing of '$operation'"
			status=1
		fi
	done
	exit $status
}

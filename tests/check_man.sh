#!/bin/sh
# SPDX-License-Identifier: MIT
# check_man.sh THRTRACE MANPAGE: every option of --help is described in the page.
set -u
if [ ! -f "$2" ]; then
	echo "skipped: there is no $2 yet"
	exit 77
fi
status=0
# In troff a hyphen is \-.
page=$(sed 's/\\-/-/g; s/\\f[BIRP]//g; s/"//g' "$2")
options=$("$1" --help | grep -Eo '^ +(-[A-Za-z], )?--[a-z-]+' | grep -Eo -- '(-[A-Za-z]\b|--[a-z-]+)')
[ -n "$options" ] || { echo "--help names no option"; exit 1; }
for option in $options; do
	if ! printf '%s\n' "$page" | grep -Eq -- "(^|[^A-Za-z-])$option([^A-Za-z-]|\$)"; then
		echo "$2 says nothing of $option"
		status=1
	fi
done
exit $status

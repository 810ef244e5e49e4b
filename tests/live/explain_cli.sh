#!/bin/sh
# SPDX-License-Identifier: MIT
# The command --explain: exit status, standard input, JSON keys, 80 columns. explain_cli.sh COMMAND
explain=$1
fails=0

check() { # description, expected, got
	if [ "$2" != "$3" ]; then
		echo "FAILED: $1: expected '$2', got '$3'"
		fails=$((fails + 1))
	fi
}

status() {
	"$explain" --explain "$@" >/dev/null 2>&1
	echo $?
}

check "an accepted word" 0 "$(status 0x3d0f00)"
check "a refused word" 1 "$(status 0x10100)"
check "a misspelt word" 2 "$(status clone_thraed)"
check "a misspelt word among good ones" 2 "$(status 0 clone_thraed 0)"
check "a bad call" 2 "$(status --call=exec 0)"
check "a format of tables" 125 "$(status --format=markdown 0)"
check "a format of traces" 125 "$(status --format=chrome 0)"
check "privilege is asked for" 1 "$(status --unprivileged newnet)"
check "privilege is given" 0 "$(status --privileged newnet)"
check "words of standard input" 3 \
	"$(printf '0x3d0f00\n# a remark\n\nvm|vfork|SIGCHLD\nnewuser' | "$explain" --explain --format=json - | wc -l)"
check "the suggestion" 1 "$("$explain" --explain sighnad 2>&1 | grep -c 'did you mean CLONE_SIGHAND')"
# Lines that are too long, of a page that is one.
too_long() {
	awk 'length > 80; END { if (NR < 20) print NR " lines are no page" }'
}
check "80 columns" "" "$("$explain" --explain 0x3d0f00 0xffffffffff00 newuser,newns | too_long)"
check "80 columns of --resources" "" "$("$explain" --resources | too_long)"
check "80 columns of --flags" "" "$("$explain" --flags | too_long)"
for key in call word names unknown_bits exit_signal what resources accepted errno rule why repair; do
	check "key $key" 1 "$("$explain" --explain --format=json 0x10100 | grep -c "\"$key\":")"
done
[ $fails -eq 0 ]

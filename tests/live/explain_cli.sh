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
# What unshare takes besides.
implied() {
	"$explain" --explain "$@" | awk 'sub(/^  implied/, "") { on = 1 } on && $1 ~ /^CLONE/ { printf "%s%s", n++ ? " " : "", $1 }'
}
check "unshare implies" "CLONE_FS CLONE_THREAD" "$(implied --call=unshare CLONE_NEWUSER)"
check "unshare implies nothing" "" "$(implied --call=unshare CLONE_NEWNET)"
check "which JSON has" 1 "$("$explain" --explain --format=json --call=unshare newuser | grep -c '"implied":\["CLONE_FS","CLONE_THREAD"\]')"
check "setns moves the root" 1 "$("$explain" --explain --call=setns newns | tr -s ' \n' ' ' | grep -c 'working directory and root are')"
# Which event a tracer is told goes by the signal, though nobody is sent it.
event() {
	"$explain" --explain "$1" | tr -s ' \n' ' ' | grep -c 'but that a tracer hears of a fork'
}
check "a thread with SIGCHLD is a fork to a tracer" 1 "$(event vm,sighand,thread,SIGCHLD)"
check "with another signal it is none" 0 "$(event vm,sighand,thread,SIGUSR1)"
check "with CLONE_VFORK it is a vfork" 0 "$(event vm,vfork,sighand,thread,SIGCHLD)"
# Functions stand for the words that they use.
for function in fork:0x1200011 vfork:0x4111 pthread_create:0x3d0f00 posix_spawn:0x4111; do
	check "${function%:*}" "${function#*:}" \
		"$("$explain" --explain "${function%:*}" --format=json | sed 's/.*"word":"\([^"]*\)".*/\1/')"
	check "${function%:*} is said to be one" 1 "$("$explain" --explain "${function%:*}" | head -n 1 | grep -c "^${function%:*}()")"
done
check "the flag by its whole name" 0x4000 \
	"$("$explain" --explain CLONE_VFORK --format=json | sed 's/.*"word":"\([^"]*\)".*/\1/')"
check "functions in 80 columns" 0 "$("$explain" --explain fork vfork pthread_create posix_spawn | awk 'length > 80' | wc -l)"
check "functions a line" 2 "$(printf 'fork\npthread_create\n' | "$explain" --explain - | grep -c '() of glibc')"

# Rows of tables that are named.
rows() {
	"$explain" "$@" --format=json 2>/dev/null | sed 's/^{"[a-z]*":"\([^"]*\)".*/\1/' | tr '\n' ' '
}
check "one flag" "CLONE_VM " "$(rows --flags CLONE_VM)"
check "some flags" "CLONE_VM CLONE_FS CLONE_IO " "$(rows --flags 'vm|fs' CLONE_IO)"
check "flags of a number" "CLONE_VFORK CLONE_THREAD " "$(rows --flags 0x14000)"
check "a flag that is gone" "CLONE_STOPPED " "$(rows --flags CLONE_STOPPED)"
check "one resource" "errno " "$(rows --resources errno)"
check "resources by a part" "2" "$(rows --resources pending | wc -w)"
check "a resource that is another's part" "stack " "$(rows --resources stack)"
"$explain" --flags clone_thraed >/dev/null 2>&1
check "an unknown flag" 2 $?
check "is named" 1 "$("$explain" --flags clone_thraed 2>&1 | grep -c 'did you mean CLONE_THREAD')"
check "and nothing else is printed" 0 "$("$explain" --flags --format=markdown clone_thraed 2>/dev/null | wc -l)"
check "one finding" "deadlock" "$("$explain" --findings deadlock --format=json | sed 's/^{"id":"\([a-z-]*\)".*/\1/')"
check "findings by a part" "2" "$("$explain" --findings null- | grep -c '^null-.* (error)$')"
check "80 columns of --findings" "" "$("$explain" --findings | too_long)"
check "no such finding" 1 "$("$explain" --findings nonsense 2>&1 | grep -c "no finding is called 'nonsense'")"
"$explain" --resources errno nonsense >/dev/null 2>&1
check "an unknown resource" 2 $?
check "is named, too" 1 "$("$explain" --resources nonsense 2>&1 | grep -c "no resource is called 'nonsense'")"
[ $fails -eq 0 ]

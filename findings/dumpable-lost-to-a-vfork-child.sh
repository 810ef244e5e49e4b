#!/bin/sh
# SPDX-License-Identifier: MIT
# A vfork child that gives up root's ids before it execs takes its parent's core dumps away, for good.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), Go 1.19.8; as root. Needs a C compiler; Go's part needs go.
# Guess:  Ids are each task's own, and a vfork child only borrows memory: what it does to its ids before it execs is no
#         matter of its parent's.
# Is:     Whether a process may dump core, be traced by its user and have files of /proc of its own is a property of the
#         memory (PR_SET_DUMPABLE), and a change of ids resets it there to fs.suid_dumpable, 0 as a rule. The child's
#         exec gives the child a new memory, that may; the parent keeps the old one, that may not any more. Go does so:
#         a server of root's that starts one command with SysProcAttr.Credential leaves no core from then on, whatever
#         GOTRACEBACK says. Python forks in that case. prctl(PR_SET_DUMPABLE, 1) brings it back.
# Seen:
#   at first: 1
#   a fork child took other ids: 1
#   a vfork child took other ids: 0
#   Go, before and after a command with a Credential: 1 0
set -u
[ "$(id -u)" = 0 ] || { echo "skipped: root's ids are to be given up"; exit 77; }
[ "$(cat /proc/sys/fs/suid_dumpable)" = 0 ] || { echo "skipped: fs.suid_dumpable is not 0"; exit 77; }
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *when)
{
	printf("%s: %d\n", when, prctl(PR_GET_DUMPABLE));
}

int main(void)
{
	pid_t pid;

	tell("at first");
	pid = fork();
	if (pid == 0) {
		syscall(SYS_setresuid, 65534, 65534, 65534);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	tell("a fork child took other ids");
	pid = vfork();
	if (pid == 0) {
		syscall(SYS_setresuid, 65534, 65534, 65534);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	tell("a vfork child took other ids");
	return 0;
}
C
cc -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out"

cat >"$dir/t.go" <<'G'
package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

func dumpable() uintptr {
	r, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, 3, 0, 0)
	return r
}

func main() {
	before := dumpable()
	c := exec.Command("/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if c.Run() == nil {
		fmt.Println("Go, before and after a command with a Credential:", before, dumpable())
	}
}
G
go="Go, before and after a command with a Credential: 1 0"
if command -v go >/dev/null; then
	(cd "$dir" && GOCACHE=$dir/cache GO111MODULE=off go run t.go) >>"$dir/out"
else
	echo "no go: its part is left out"
	go=
fi
cat "$dir/out"
cat >"$dir/want" <<W
at first: 1
a fork child took other ids: 1
a vfork child took other ids: 0
W
[ -z "$go" ] || echo "$go" >>"$dir/want"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

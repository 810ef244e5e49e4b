/* SPDX-License-Identifier: MIT */
/*
 * A sandbox of the program's own that asks for a tracer (SECCOMP_RET_TRACE). There is none: its calls fail with ENOSYS,
 * in the program, in its threads and in its children. Prints what became of each.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "oddity.h"

/* data: what the filter hands over with the stop. Whatever it is, the stop is none of another tracer's. */
static int ask_for_tracer(int nr, unsigned data)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | data),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static void tell(const char *who)
{
	long group = syscall(SYS_getpgid, 0), name = prctl(PR_SET_NAME, "renamed");
	int name_errno = name ? errno : 0;

	say("%s: getpgid %s, prctl %s", who, group < 0 ? "fails" : "works", name ? strerror(name_errno) : "works");
	syscall(SYS_sethostname, "", -1); /* EINVAL or EPERM, unless the filter answers first */
	say("%s: sethostname %s", who, errno == ENOSYS ? "is refused" : "is called");
}

static void *in_thread(void *arg)
{
	tell("thread");
	return arg;
}

int main(void)
{
	if (ask_for_tracer(SYS_getpgid, 5) || ask_for_tracer(SYS_sethostname, 0xffff) ||
		ask_for_tracer(SYS_clone3, 77) || ask_for_tracer(SYS_prctl, 0)) {
		say("no filter can be set");
		return 1;
	}
	tell("program");
	say("clone3: %s", syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS ? "ENOSYS" : "something else");
	pthread_t t = start(in_thread, NULL);
	pthread_join(t, NULL);
	pid_t child = fork();
	if (child == 0) {
		tell("child");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}

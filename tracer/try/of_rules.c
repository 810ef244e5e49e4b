/* SPDX-License-Identifier: MIT */
/* Rules that the kernel applies to a task: filters of its calls, where its memory comes from. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "try/experiments.h"

/* A filter that makes one call fail with an error of its own. These two calls nobody else makes here. */
enum { CREATORS_ERROR = 77, CHILDS_ERROR = 78 };
#define FILTER(nr, error)                                                                                              \
	{                                                                                                              \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),                  \
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error)),                                        \
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)                                                   \
	}

static long install(struct sock_filter *filter)
{
	const struct sock_fprog program = { .len = 4, .filter = filter };

	return raw(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)&program);
}

void experiment_seccomp(struct stage *s, struct part *p, enum step step)
{
	struct sock_filter by_creator[] = FILTER(SYS_sched_get_priority_min, CREATORS_ERROR);
	struct sock_filter by_child[] = FILTER(SYS_sched_get_priority_max, CHILDS_ERROR);
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		long err = install(by_creator);
		if (err)
			cannot_do(p, "PR_SET_SECCOMP", err);
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_sched_get_priority_min, 0) == -CREATORS_ERROR;
		n[1] = install(by_child);
		n[2] = raw(SYS_sched_get_priority_max, 0) == -CHILDS_ERROR;
	} else if (n[1]) {
		cannot_do(p, "PR_SET_SECCOMP by the child", n[1]);
	} else if (!n[2]) {
		cannot(p, "the child's filter has no effect: one that was there before decides");
	} else {
		bool felt = raw(SYS_sched_get_priority_max, 0) == -CHILDS_ERROR;
		told(p, seen_by(n[0], felt, SHARE_NONE),
			"a filter made here is %s the child; one that the child added is %s here",
			n[0] ? "in force in" : "none for", felt ? "in force" : "none");
	}
}

enum { BIND = 2 }; /* MPOL_BIND: include/uapi/linux/mempolicy.h */

static long policy_now(void)
{
	int mode = -1;
	long err = raw(SYS_get_mempolicy, (long)&mode);

	return err ? err : mode;
}

void experiment_numa_policy(struct stage *s, struct part *p, enum step step)
{
	const unsigned long node_0 = 1;
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		n[0] = raw(SYS_set_mempolicy, BIND, (long)&node_0, 2);
		if (n[0])
			cannot_do(p, "set_mempolicy", n[0]);
	} else if (step == IN_CHILD) {
		n[1] = policy_now();
		n[2] = raw(SYS_set_mempolicy);
	} else {
		long here = policy_now();
		told(p, seen_by(n[1] == BIND, here != BIND, SHARE_FRESH),
			"the child began with %s and took the default: here it is %s",
			n[1] == BIND ? "MPOL_BIND" : "another policy",
			here == BIND ? "MPOL_BIND still" : "the default, too");
	}
}

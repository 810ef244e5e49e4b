/* SPDX-License-Identifier: MIT */
#include "try/raw_impl.h"

#include <sys/syscall.h>

long raw_task(const struct task_args *a, bool clone3, task_body *body, void *arg)
{
	uint64_t top = a->stack ? a->stack + a->stack_size : 0;
	uint64_t word = a->flags | a->exit_signal;
	/* The pidfd of clone(2) goes where the tid would. */
	uint64_t parent_tid = a->pidfd ? a->pidfd : a->parent_tid;
	uint64_t last[2] = { a->child_tid, a->tls };
	bool tls_first = raw_clone_has_tls_first;
	const long by_clone[7] = { SYS_clone, (long)word, (long)top, (long)parent_tid, (long)last[tls_first],
		(long)last[!tls_first] };
	const long by_clone3[7] = { SYS_clone3, (long)a, sizeof(*a) };

	return raw_begin(clone3 ? by_clone3 : by_clone, body, arg, KEPT_IN_REGISTER);
}

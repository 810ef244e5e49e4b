/* SPDX-License-Identifier: MIT */
/*
 * System calls with nothing around them: raw_x86_64.c and the like, or raw_noarch.c, which has none.
 *
 * A task that is made with CLONE_VM and without CLONE_SETTLS has its creator's errno, locks and thread pointer: of the
 * C library it may call nothing. These touch no memory but their arguments.
 */
#ifndef TRACER_TRY_RAW_H
#define TRACER_TRY_RAW_H

#include <stdbool.h>
#include <stdint.h>

/* Number and up to six arguments; what the kernel answers: errors are negative. Pointers are cast to long. */
long raw_call(const long call[7]);
#define raw(...) raw_call((const long[7]){ __VA_ARGS__ })

/* As clone3 has it: include/uapi/linux/sched.h. */
struct task_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup;
};

/* What the task does: it never returns. kept is what was in a register of its creator's at the call. */
typedef void task_body(void *arg, uint64_t kept);
enum { KEPT_IN_REGISTER = 0x5eed };
/*
 * Makes a task by clone3, or by clone(2) with what of a it has. It begins in body, on the stack that is given, or, with
 * none, where its creator is. Its tid, or a negative errno.
 */
long raw_task(const struct task_args *a, bool clone3, task_body *body, void *arg);
/* The thread pointer of who asks. 0: not known on this machine. */
uintptr_t raw_tls(void);
/* False: this machine has none of the above. */
bool raw_works(void);

#endif

/* SPDX-License-Identifier: MIT */
/* The live door: ptrace, waitid, process_vm_readv and /proc of the running kernel. */
#ifndef TRACER_KERNEL_LINUX_H
#define TRACER_KERNEL_LINUX_H

#include "kernel/kernel.h"

/*
 * Opens the door and blocks the signals that thrtrace waits for (SIGCHLD and the asking ones: INT, TERM, HUP, QUIT)
 * in the calling thread, which is the only one that may use it: ptrace requests belong to the attaching thread.
 * 0, -ENOMEM, or -ENOSYS when the kernel has no PTRACE_GET_SYSCALL_INFO (before Linux 5.3).
 */
int kernel_linux_new(struct kernel **ret) THR_MUST_CHECK;
/* The same for questions alone: no signal is blocked, and nobody can be waited for. 0, -ENOMEM or -ENOSYS. */
int kernel_linux_asking(struct kernel **ret) THR_MUST_CHECK;
void kernel_linux_free(struct kernel *k);

/* The signal mask that thrtrace was started with: what its child must get back before execve. */
const sigset_t *kernel_linux_old_mask(const struct kernel *k);
/* Whether thrtrace was started with SIGCHLD ignored, which its child must get back, too. */
bool kernel_linux_ignored_sigchld(const struct kernel *k);

#endif

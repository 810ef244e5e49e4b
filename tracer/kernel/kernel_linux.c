/* SPDX-License-Identifier: MIT */
/* The live door: its life. Waiting, requests, memory and facts are in linux_*.c. */
#include "kernel/kernel_linux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "kernel/kernel_arch.h"
#include "kernel/linux_door.h"

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3; it cannot be probed without a tracee. */
static bool has_syscall_info(void)
{
	struct utsname u;
	unsigned major, minor;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return true;
	return major > 5 || (major == 5 && minor >= 3);
}

static const struct kernel questions = {
	.wait = linux_wait,
	.put_back = linux_put_back,
	.asked = linux_asked,
	.kill = linux_kill,
	.identify = linux_identify,
	.resume = linux_resume,
	.seize = linux_seize,
	.interrupt = linux_interrupt,
	.event_msg = linux_event_msg,
	.siginfo = linux_siginfo,
	.syscall_stop = linux_syscall_stop,
	.regset = linux_regset,
	.read_mem = linux_read_mem,
	.read_ranges = linux_read_ranges,
	.expect_mem = linux_expect_mem,
	.used_mem = linux_used_mem,
	.write_mem = linux_write_mem,
	.set_arg0 = linux_set_arg0,
	.refuse_call = linux_refuse_call,
	.read_proc = linux_read_proc,
	.vma = linux_vma,
	.lowest_touched = linux_lowest_touched,
	.guard_pages = linux_guard_pages,
	.kcmp = linux_kcmp,
	.in_group = linux_in_group,
	.ns = linux_ns,
	.robust_list = linux_robust_list,
	.rseq = linux_rseq,
	.asleep = linux_asleep,
	.list_tasks = linux_list_tasks,
	.usage = linux_usage,
	.failure = linux_failure,
	.origin = linux_origin,
	.now_ns = linux_now_ns,
	.boot_ns = linux_boot_ns,
};

int kernel_linux_asking(struct kernel **ret)
{
	if (!has_syscall_info())
		return -ENOSYS;
	struct linux_door *d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	linux_spaces_begin(d);
	d->k = questions;
	d->k.ctx = d;
	d->k.page_bytes = kernel_arch_page();
	*ret = &d->k;
	return 0;
}

int kernel_linux_new(struct kernel **ret)
{
	int err = kernel_linux_asking(ret);

	if (err)
		return err;
	err = linux_wait_begin((*ret)->ctx);
	if (err) {
		kernel_linux_free(*ret);
		*ret = NULL;
	}
	return err;
}

void kernel_linux_free(struct kernel *k)
{
	if (!k)
		return;
	struct linux_door *d = k->ctx;
	linux_spaces_end(d);
	if (d->waiter)
		linux_wait_end(d);
	free(d);
}

const sigset_t *kernel_linux_old_mask(const struct kernel *k)
{
	return &((const struct linux_door *)k->ctx)->old_mask;
}

bool kernel_linux_ignored_sigchld(const struct kernel *k)
{
	return ((const struct linux_door *)k->ctx)->old_chld.sa_handler == SIG_IGN;
}

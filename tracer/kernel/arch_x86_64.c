/* SPDX-License-Identifier: MIT */
/* x86-64, whose kernel runs 32-bit x86 tasks, too. */
#include "kernel/kernel_arch.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/user.h>

static size_t arg0_at(uint32_t audit_arch)
{
	return audit_arch == AUDIT_ARCH_I386 ? offsetof(struct user_regs_struct, rbx) :
					       offsetof(struct user_regs_struct, rdi);
}

/*
 * The kernel keeps the list of 32-bit calls apart, and only the 32-bit call tells it (kernel/futex/syscalls.c,
 * compat_sys_get_robust_list). int $0x80 is there when 32-bit tasks are: asked for such a task only.
 */
static int compat_robust_list(pid_t tid, taddr *ret_head)
{
	enum { GET_ROBUST_LIST_32 = 312 };
	struct answer { /* must lie where 32 bits reach */
		uint32_t head, len;
	} *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long err = GET_ROBUST_LIST_32;

	if (low == MAP_FAILED)
		return -errno;
	__asm__ volatile("int $0x80"
			 : "+a"(err)
			 : "b"((long)tid), "c"(&low->head), "d"(&low->len)
			 : "memory", "r8", "r9", "r10", "r11");
	*ret_head = low->head;
	munmap(low, sizeof(*low));
	return (int)err;
}

/* TASK_SIZE_MAX: one page below 2^47, or 2^56 with five-level page tables (arch/x86/include/asm/page_64.h). */
static uint64_t user_end(const char *cpuinfo, uint64_t page_bytes)
{
	return (UINT64_C(1) << (strstr(cpuinfo, " la57") ? 56 : 47)) - page_bytes;
}

const struct kernel_arch kernel_arch = {
	.compat = AUDIT_ARCH_I386,
	.arg0_at = arg0_at,
	.nr_at = offsetof(struct user_regs_struct, orig_rax),
	.result_at = offsetof(struct user_regs_struct, rax),
	.compat_robust_list = compat_robust_list,
	.user_end = user_end,
};

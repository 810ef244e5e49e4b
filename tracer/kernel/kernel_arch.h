/* SPDX-License-Identifier: MIT */
/*
 * What the door must know of the machine that thrtrace is built for: arch_x86_64.c and the like, or arch_noarch.c.
 * What can be told of every machine on every other one is in struct abi.
 */
#ifndef TRACER_KERNEL_ARCH_H
#define TRACER_KERNEL_ARCH_H

#include <unistd.h>

#include <thrtrace/base.h>

struct kernel_arch {
	/* AUDIT_ARCH_* of the 32-bit tasks that the same kernel runs and thrtrace follows; 0: none. */
	uint32_t compat;
	/*
	 * Where PTRACE_POKEUSER writes the register of the first argument of a call of this AUDIT_ARCH_*. NULL: it is
	 * result_word of the general ones, where there is an nr_regset; else it can't be written.
	 */
	size_t (*arg0_at)(uint32_t audit_arch);
	/*
	 * How a call is kept from being made, at a stop before it: its number becomes -1. PTRACE_POKEUSER writes it at
	 * nr_at and the result at result_at; or it is a register set of its own (nr_regset), and the result a word of
	 * the general ones. Both 0: not known.
	 */
	size_t nr_at, result_at;
	int nr_regset;
	unsigned result_word;
	/* The robust list of a 32-bit task, where get_robust_list(2) does not tell it; NULL. 0 or -errno. */
	int (*compat_robust_list)(pid_t tid, taddr *ret_head);
	/* Where user addresses end on this very machine, from the text of /proc/cpuinfo; 0 unknown. NULL: unknown. */
	uint64_t (*user_end)(const char *cpuinfo, uint64_t page_bytes);
};
extern const struct kernel_arch kernel_arch;

/* The bytes of a page of this machine: asked here and nowhere else. Who has a door asks that (kernel_page). */
static inline uint64_t kernel_arch_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

#endif

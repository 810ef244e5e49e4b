/* SPDX-License-Identifier: MIT */
/* aarch64: its numbers are the common ones. */
#include "abi/abi_impl.h"

#include <errno.h>

/* struct user_pt_regs of arch/arm64/include/uapi/asm/ptrace.h: x0 to x30, sp, pc, pstate. */
enum { X0 = 0, X8 = 8, X30 = 30, SP = 31, PC = 32, N_REGS = 34 };

#define NT_ARM_TLS 0x401 /* include/uapi/linux/elf.h: tpidr_el0 */

static int regs_parse(const void *regset, size_t len, struct regs *ret)
{
	if (len != N_REGS * 8)
		return -EINVAL;
	*ret = (struct regs){
		/* Outside of a call x8 is whatever the program keeps there: unlike orig_rax it does not tell. */
		.nr = reg64(regset, X8),
		.ret = reg64(regset, X0),
		.pc = reg64(regset, PC),
		.sp = reg64(regset, SP),
		.link = reg64(regset, X30),
		.tp_known = false,
	};
	for (unsigned i = 0; i < CALL_ARGS; i++)
		ret->arg[i] = reg64(regset, X0 + i);
	return 0;
}

static int tp_parse(const void *regset, size_t len, struct regs *regs)
{
	if (len < 8)
		return -EINVAL;
	regs->tp = reg64(regset, 0);
	return 0;
}

const struct abi abi_aarch64 = {
	.name = "aarch64",
	.audit_arch = 0xc00000b7, /* EM_AARCH64 | 64-bit | little-endian */
	.word = 8,
	.regset_len = N_REGS * 8,
	.tp_regset = NT_ARM_TLS,
	.tp_parse = tp_parse,
	.clone_arg = {
		[CLONE_SLOT_FLAGS] = 0,
		[CLONE_SLOT_STACK] = 1,
		[CLONE_SLOT_PTID] = 2,
		[CLONE_SLOT_TLS] = 3,
		[CLONE_SLOT_CTID] = 4,
	},
	.tp_name = "tpidr_el0",
	.tls_above_tp = true,
	.x86_mmap_flags = false,
	.sp_unaligned = "every load and store by it will fault",
	.page_most = (uint64_t)64 << 10,
	.stack_min = 131072,
	.rseq_sig = 0xd428bc00,
	.child_keeps_args = false, /* x0 is zeroed in the child: clone's flags and clone3's pointer are lost there */
	.arg0_is_result = true,
	.regs_parse = regs_parse,
	.nr = abi_common_nr,
	.by_nr = abi_common_by_nr,
};

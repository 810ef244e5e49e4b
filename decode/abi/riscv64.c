/* SPDX-License-Identifier: MIT */
/* riscv64: its numbers are the common ones. */
#include "abi/abi_impl.h"

#include <errno.h>

/* struct user_regs_struct of arch/riscv/include/uapi/asm/ptrace.h: pc, then x1 to x31. */
enum { PC = 0, RA = 1, SP = 2, TP = 4, A0 = 10, A7 = 17, N_REGS = 32 };

static int regs_parse(const void *regset, size_t len, struct regs *ret)
{
	if (len != N_REGS * 8)
		return -EINVAL;
	*ret = (struct regs){
		/* Outside of a call a7 is whatever the program keeps there; within one a0 may be the result already. */
		.nr = reg64(regset, A7),
		.ret = reg64(regset, A0),
		.pc = reg64(regset, PC),
		.sp = reg64(regset, SP),
		.link = reg64(regset, RA),
		.tp = reg64(regset, TP),
		.tp_known = true,
	};
	for (unsigned i = 0; i < CALL_ARGS; i++)
		ret->arg[i] = reg64(regset, A0 + i);
	return 0;
}

const struct abi abi_riscv64 = {
	.name = "riscv64",
	.audit_arch = 0xc00000f3, /* EM_RISCV | 64-bit | little-endian */
	.word = 8,
	.regset_len = N_REGS * 8,
	.clone_arg = {
		/* arch/riscv/Kconfig: CLONE_BACKWARDS */
		[CLONE_SLOT_FLAGS] = 0,
		[CLONE_SLOT_STACK] = 1,
		[CLONE_SLOT_PTID] = 2,
		[CLONE_SLOT_TLS] = 3,
		[CLONE_SLOT_CTID] = 4,
	},
	.tp_name = "tp",
	.tls_above_tp = true,
	.x86_mmap_flags = false,
	.sp_unaligned = "what its code counts on is not so",
	.page_most = PAGE_BYTES_LEAST,
	.stack_min = 16384,
	.rseq_sig = 0xf1401073,    /* an ebreak */
	.child_keeps_args = false, /* arch/riscv/kernel/process.c, copy_thread: a0 is zeroed in the child */
	.arg0_is_result = true,
	.regs_parse = regs_parse,
	.nr = abi_common_nr,
	.by_nr = abi_common_by_nr,
};

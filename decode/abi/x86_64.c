/* SPDX-License-Identifier: MIT */
/* x86_64. An x32 call has this architecture and bit 30 set in its number, so it is none of the followed ones. */
#include "abi/abi_impl.h"

#include <errno.h>

/* struct user_regs_struct of <sys/user.h>: 27 registers of 8 bytes. */
enum {
	RBP = 4,
	RBX = 5,
	R10 = 7,
	R9 = 8,
	R8 = 9,
	RAX = 10,
	RCX = 11,
	RDX = 12,
	RSI = 13,
	RDI = 14,
	ORIG_RAX = 15,
	RIP = 16,
	RSP = 19,
	FS_BASE = 21,
	N_REGS = 27,
};

static int regs_parse(const void *regset, size_t len, struct regs *ret)
{
	if (len != N_REGS * 8)
		return -EINVAL;
	*ret = (struct regs){
		.nr = reg64(regset, ORIG_RAX),
		.arg = { reg64(regset, RDI), reg64(regset, RSI), reg64(regset, RDX), reg64(regset, R10),
			reg64(regset, R8), reg64(regset, R9) },
		.ret = reg64(regset, RAX),
		.pc = reg64(regset, RIP),
		.sp = reg64(regset, RSP),
		.tp = reg64(regset, FS_BASE),
		.tp_known = true,
		/*
		 * The syscall instruction leaves the address behind it in rcx, where the kernel keeps it while the
		 * call lasts.
		 */
		.gate_unknown = reg64(regset, RCX) != reg64(regset, RIP),
		.arg32 = { reg64(regset, RBX), reg64(regset, RCX), reg64(regset, RDX), reg64(regset, RSI),
			reg64(regset, RDI), reg64(regset, RBP) },
	};
	return 0;
}

static const int16_t nr[CALL_IDS] = {
#define NR(name, number) [CALL_##name] = number,
#include "x86_64_nr.def"
#undef NR
};

static const uint8_t by_nr[BY_NR_LEN] = {
#define NR(name, number) [number] = CALL_##name + 1,
#include "x86_64_nr.def"
#undef NR
#define SYSCALL(name, number, ...) [BY_NR_SLOT((number) >= NR_SHARED_FIRST, number, CALL_##name)] = CALL_##name + 1,
#include <thrtrace/syscalls.def>
#undef SYSCALL
};

const struct abi abi_x86_64 = {
	.name = "x86_64",
	.audit_arch = 0xc000003e, /* EM_X86_64 | 64-bit | little-endian (include/uapi/linux/audit.h) */
	.word = 8,
	.regset_len = N_REGS * 8,
	.clone_arg = {
		[CLONE_SLOT_FLAGS] = 0,
		[CLONE_SLOT_STACK] = 1,
		[CLONE_SLOT_PTID] = 2,
		[CLONE_SLOT_CTID] = 3,
		[CLONE_SLOT_TLS] = 4,
	},
	.return_on_stack = true,
	.x86_mmap_flags = true,
	.tp_name = "fs_base",
	.tp_points_to_itself = true,
	.user_end = (taddr)1 << 56, /* with five-level page tables; 2^47 with four */
	.sp_unaligned = "SSE instructions will fault",
	.page_most = PAGE_BYTES_LEAST,
	.stack_min = 16384,
	.rseq_sig = 0x53053053,
	.child_keeps_args = true, /* copy_thread copies pt_regs and sets rax and rsp only */
	.regs_parse = regs_parse,
	.nr = nr,
	.by_nr = by_nr,
};

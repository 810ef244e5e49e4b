/* SPDX-License-Identifier: MIT */
/* i386: a 32-bit task, or a call made by int 0x80 in a 64-bit one. */
#include "abi/abi_impl.h"

#include <errno.h>

/* struct user_regs_struct of <sys/user.h> for 32 bits: 17 registers of 4 bytes. */
enum {
	EBX = 0,
	ECX = 1,
	EDX = 2,
	ESI = 3,
	EDI = 4,
	EBP = 5,
	EAX = 6,
	GS = 10,
	ORIG_EAX = 11,
	EIP = 12,
	ESP = 15,
	N_REGS = 17,
};

#define NT_386_TLS 0x200 /* include/uapi/linux/elf.h: the thread's three struct user_desc of <asm/ldt.h> */
#define DESC_WORDS 4

/* Results and the number are signed: -1 is "no call", -4095 to -1 are errors. Arguments and addresses are not. */
static uint64_t reg32_signed(const uint8_t *regset, unsigned slot)
{
	return (uint64_t)(int64_t)(int32_t)reg32(regset, slot);
}

static int regs_parse(const void *regset, size_t len, struct regs *ret)
{
	if (len != N_REGS * 4)
		return -EINVAL;
	*ret = (struct regs){
		.nr = reg32_signed(regset, ORIG_EAX),
		.arg = { reg32(regset, EBX), reg32(regset, ECX), reg32(regset, EDX), reg32(regset, ESI),
			reg32(regset, EDI), reg32(regset, EBP) },
		.ret = reg32_signed(regset, EAX),
		.pc = reg32(regset, EIP),
		.sp = reg32(regset, ESP),
		.tp_known = false, /* it is the base of the descriptor that gs selects */
		.tp_entry = (uint16_t)reg32(regset, GS) >> 3,
	};
	return 0;
}

static int tp_parse(const void *regset, size_t len, struct regs *regs)
{
	for (unsigned at = 0; regs->tp_entry && (at + DESC_WORDS) * 4 <= len; at += DESC_WORDS) {
		if (reg32(regset, at + DESC_ENTRY) != regs->tp_entry)
			continue;
		regs->tp = reg32(regset, at + DESC_BASE);
		return 0;
	}
	return -EINVAL;
}

static const int16_t nr[CALL_IDS] = {
#define NR(name, number) [CALL_##name] = number,
#define ALIAS(...)
#include "i386_nr.def"
#undef ALIAS
#undef NR
};

static const struct abi_alias aliases[] = {
#define NR(...)
#define ALIAS(alias_name, number, of, wide) { .nr = number, .id = CALL_##of, .time64 = wide, .name = #alias_name },
#include "i386_nr.def"
#undef ALIAS
#undef NR
};

static const uint8_t by_nr[BY_NR_LEN] = {
#define NR(name, number)              [number] = CALL_##name + 1,
#define ALIAS(name, number, of, wide) [number] = CALL_##of + 1,
#include "i386_nr.def"
#undef ALIAS
#undef NR
#define SYSCALL(name, number, ...) [BY_NR_SLOT((number) >= NR_SHARED_FIRST, number, CALL_##name)] = CALL_##name + 1,
#include <thrtrace/syscalls.def>
#undef SYSCALL
};

const struct abi abi_i386 = {
	.name = "i386",
	.audit_arch = 0x40000003, /* EM_386 | little-endian */
	.word = 4,
	.regset_len = N_REGS * 4,
	.tp_regset = NT_386_TLS,
	.tp_parse = tp_parse,
	.clone_arg = {
		[CLONE_SLOT_FLAGS] = 0,
		[CLONE_SLOT_STACK] = 1,
		[CLONE_SLOT_PTID] = 2,
		[CLONE_SLOT_TLS] = 3,
		[CLONE_SLOT_CTID] = 4,
	},
	.return_on_stack = true,
	.x86_mmap_flags = true,
	.tp_name = "of gs",
	.tp_points_to_itself = true,
	.user_end = (taddr)1 << 32,
	.sp_unaligned = "SSE instructions will fault",
	.page_most = PAGE_BYTES_LEAST,
	.stack_min = 16384,
	.rseq_sig = 0x53053053,
	.child_keeps_args = true,
	.regs_parse = regs_parse,
	.nr = nr,
	.by_nr = by_nr,
	.alias = aliases,
	.n_aliases = ARRAY_SIZE(aliases),
};

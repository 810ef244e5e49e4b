/* SPDX-License-Identifier: MIT */
/* i386: a 32-bit task, or a call made by int 0x80 in a 64-bit one. */
#include "abi_impl.h"

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
	ORIG_EAX = 11,
	EIP = 12,
	ESP = 15,
	N_REGS = 17,
};

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
		.tp_known = false, /* gs selects a GDT entry; its base is in no regset (PTRACE_GET_THREAD_AREA) */
	};
	return 0;
}

static const int16_t nr[CALL_IDS] = {
#define NR(name, number) [CALL_##name] = number,
#include "i386_nr.def"
#undef NR
};

static const uint8_t by_nr[BY_NR_LEN] = {
#define NR(name, number) [number] = CALL_##name + 1,
#include "i386_nr.def"
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
	.clone_arg = {
		[CLONE_SLOT_FLAGS] = 0,
		[CLONE_SLOT_STACK] = 1,
		[CLONE_SLOT_PTID] = 2,
		[CLONE_SLOT_TLS] = 3,
		[CLONE_SLOT_CTID] = 4,
	},
	.child_keeps_args = true,
	.regs_parse = regs_parse,
	.nr = nr,
	.by_nr = by_nr,
};

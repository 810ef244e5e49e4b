/* SPDX-License-Identifier: MIT */
/*
 * Everything that differs between architectures, as data: one descriptor per file of decode/abi/.
 *
 * All of it is pure. Registers arrive as the bytes of the NT_PRSTATUS regset and are read at fixed offsets, so
 * each architecture is tested, and its tapes are read, on every host.
 */
#ifndef THRTRACE_ABI_H
#define THRTRACE_ABI_H

#include <thrtrace/base.h>

/*
 * The clone(2) argument slots, whose order in the registers is the architecture's choice (clone(2), "C library/kernel
 * differences").
 */
enum clone_slot { CLONE_SLOT_FLAGS, CLONE_SLOT_STACK, CLONE_SLOT_PTID, CLONE_SLOT_CTID, CLONE_SLOT_TLS, CLONE_SLOTS };

struct regs {
	uint64_t nr;     /* system call number, or -1 (all ones) outside of one: orig_rax, x8 */
	uint64_t arg[6]; /* as the kernel sees them, in order */
	uint64_t ret;    /* rax, x0 */
	taddr pc, sp;
	taddr link;    /* where a call leaves its return address; 0 on a machine that has it on the stack (x86) */
	taddr tp;      /* thread pointer; valid when tp_known */
	bool tp_known; /* false where it is in another regset (aarch64: NT_ARM_TLS) */
	/* x86_64: the kernel was not entered by the syscall instruction. If by a call, then by int $0x80 ... */
	bool gate_unknown;
	uint64_t arg32[6]; /* ... whose arguments these are */
	uint16_t tp_entry; /* i386: the descriptor that gs selects, which holds the thread pointer */
};

/* One more number of a followed call: the same request in another form. */
struct abi_alias {
	uint16_t nr;
	uint8_t id;       /* enum call_id */
	bool time64;      /* its struct timespec has 64-bit members (a call of 32-bit programs since Linux 5.1) */
	const char *name; /* "futex_time64" */
};

struct abi {
	const char *name;    /* "x86_64" */
	uint32_t audit_arch; /* AUDIT_ARCH_*: the key, as PTRACE_GET_SYSCALL_INFO reports it */
	uint8_t word;        /* bytes of a pointer in the traced program */
	size_t regset_len;   /* bytes of its NT_PRSTATUS: tells 32-bit tasks apart */
	int tp_regset;       /* regset note type that holds the thread pointer, or 0 */
	/* Its bytes -> regs->tp. 0, or -EINVAL when it is not in there. NULL without a tp_regset. */
	int (*tp_parse)(const void *regset, size_t len, struct regs *regs);
	uint8_t clone_arg[CLONE_SLOTS]; /* clone_slot -> index into regs.arg */
	bool child_keeps_args;          /* a new task's registers still hold its creator's clone arguments (x86) */
	bool arg0_is_result;            /* a call's result comes back in the register of its first argument */
	bool return_on_stack;           /* a call puts its return address there, and no register has it (x86) */
	bool x86_mmap_flags;            /* mmap knows MAP_32BIT and MAP_ABOVE4G */
	const char *tp_name;            /* the register that is the thread pointer: "fs_base" */
	/* The word at the thread pointer is the thread pointer itself (x86-64 psABI, 3.4.6). */
	bool tp_points_to_itself;
	/* Thread-local variables lie above the thread pointer, libc's record of the thread below it ("variant I"). */
	bool tls_above_tp;
	uint64_t page_most; /* bytes of the largest page that a kernel of it can have been built with */
	taddr user_end;     /* no address of a user is this or higher, however large the page tables; 0: not known */
	const char *sp_unaligned; /* what a stack pointer leads to that is no multiple of 16: "... will fault" */
	/* So much of its stack glibc's thread keeps when it ends, and what the last frame has (PTHREAD_STACK_MIN). */
	uint64_t stack_min;
	uint64_t rseq_sig; /* of glibc's rseq areas (sysdeps/unix/sysv/linux/ARCH/bits/rseq.h) */
	/* bytes -> registers. 0, or -EINVAL when len is not regset_len. */
	int (*regs_parse)(const void *regset, size_t len, struct regs *ret);
	const int16_t
		*nr; /* per call_id: this architecture's number where it is not the common one; NR_COMMON, NR_NONE */
	const uint8_t *by_nr;          /* the way back: call_id + 1 for a number below ABI_NR_MAX, 0 for none */
	const struct abi_alias *alias; /* n_aliases of them; by_nr has them too */
	size_t n_aliases;
};

#define ABI_NR_MAX 512 /* above every number of a followed call */

#define NR_COMMON ((int16_t)0)  /* so that a table lists exceptions only */
#define NR_NONE   ((int16_t)-1) /* the architecture does not have the call */
#define NR_ZERO   ((int16_t)-2) /* the architecture's number is 0 */

/* NULL when unknown. */
const struct abi *abi_by_audit(uint32_t audit_arch);
const struct abi *abi_by_name(const char *name);
/* The architecture that thrtrace itself was built for, or NULL when it has no descriptor. */
const struct abi *abi_native(void);
/* From here on abi_native is this one: what is decoded was recorded on such a machine. NULL: thrtrace's own again. */
void abi_assume(const struct abi *abi);
/* The descriptor whose NT_PRSTATUS has this length and whose word/machine fits `native`, or NULL. */
const struct abi *abi_by_regset_len(const struct abi *native, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The door: the only way from thrtrace to traced tasks. kernel_linux.c is the live one; kernel_tape.c records what a
 * door answers, or answers from a record; the tests have a scripted one (tests/support/fakekernel.c).
 * A new question is recorded, too: by a function of kernel_tape.c, with an operation of tape.h and thrtrace-tape(5).
 *
 * Every call returns 0 (or a count) or -errno. -ESRCH means "dying": the task was killed out of its stop and its
 * last report is on the way; nobody needs to do more than wait for it. All requests but seize, interrupt, kcmp and
 * the /proc readers need the task to be in a ptrace-stop.
 */
#ifndef TRACER_KERNEL_H
#define TRACER_KERNEL_H

#include <signal.h>

#include <thrtrace/base.h>
#include <thrtrace/mem.h>
#include <thrtrace/page.h>
#include <thrtrace/verdict.h>
#include <thrtrace/vma.h>

struct kstatus {
	pid_t tid;
	int wstatus;
	uint64_t t_ns;
};

/* What PTRACE_GET_SYSCALL_INFO tells, in our words. */
enum syscall_phase { PHASE_NONE, PHASE_ENTRY, PHASE_EXIT, PHASE_SECCOMP };
struct syscall_stop {
	enum syscall_phase phase;
	uint32_t arch; /* AUDIT_ARCH_* of this very call */
	taddr pc, sp;
	uint64_t nr, arg[6]; /* ENTRY, SECCOMP */
	int64_t result;      /* EXIT: negative errno or value */
	bool foreign;        /* SECCOMP: by another filter than thrtrace's */
};

/*
 * What thrtrace's filter hands over with each stop (SECCOMP_RET_DATA). A filter of the program's own may stop for a
 * tracer, too, and has another number.
 */
#define KERNEL_FILTER_DATA 0x7472

enum resume_op {
	RESUME_NONE,    /* leave it stopped: held until another report comes */
	RESUME_CONT,    /* run to the next event or filtered call */
	RESUME_SYSCALL, /* run to the next system call boundary */
	RESUME_LISTEN,  /* stay in group-stop, but hear SIGCONT */
	RESUME_DETACH,  /* let go for good */
};

/* Bits of the task's scheduling account at its exit. */
struct task_usage {
	uint64_t cpu_ns, wait_ns;
	uint64_t turns; /* how often it was put on a CPU */
	bool split;     /* known: how often it left one of itself, and how often not */
	uint64_t voluntary, involuntary;
};

/* The split_from of the question at a program's start: all of it is wanted, however little it is. */
#define USAGE_AT_START 1

/* Where and when a trace is made, and by which thrtrace: what its first event tells. */
struct origin {
	char kernel[32];  /* "6.18": what facts depend on */
	char machine[68]; /* as uname(2) has it */
	char version[32]; /* thrtrace's */
	char features[256];
	uint64_t wall_ns;    /* Unix time */
	uint64_t page_bytes; /* of a page; 0: not told */
};

struct program_facts;
struct failure_ask;

/* A stretch of a task's memory. */
struct mem_range {
	taddr at;
	size_t n;
};

#define RANGES_AT_ONCE 256

struct kernel {
	void *ctx;
	/* Bytes of a page of the traced machine; 0: not told (kernel_page). Known once `origin` was asked. */
	uint64_t page_bytes;
	/*
	 * The next report. timeout_ns: 0 does not wait (and may miss one, which the next wait then has), UINT64_MAX
	 * waits for ever. 1 with *ret filled, 0 when none came in time, -ECHILD when there is no tracee left, -EINTR
	 * when a signal asks thrtrace to look around: until it was asked for it.
	 */
	int (*wait)(void *ctx, struct kstatus *ret, uint64_t timeout_ns);
	/*
	 * Gives a report back, whose task was not resumed: the next waits have it first, in the order in which such
	 * reports were given back. 0 or -ENOMEM. NULL where attach_begin does not run.
	 */
	int (*put_back)(void *ctx, const struct kstatus *ks);
	/* The signal that thrtrace got, after -EINTR or without a wait; 0 when none. */
	int (*asked)(void *ctx);
	/* kill(2) of a process: it need not be stopped. */
	int (*kill)(void *ctx, pid_t tgid, int sig);
	int (*resume)(void *ctx, pid_t tid, enum resume_op op, int sig);
	int (*seize)(void *ctx, pid_t tid, uint64_t options);
	int (*interrupt)(void *ctx, pid_t tid);
	int (*event_msg)(void *ctx, pid_t tid, uint64_t *ret);
	int (*siginfo)(void *ctx, pid_t tid, siginfo_t *ret);
	int (*syscall_stop)(void *ctx, pid_t tid, struct syscall_stop *ret);
	/* Bytes of a register set (NT_PRSTATUS, NT_ARM_TLS): how many were written. */
	ssize_t (*regset)(void *ctx, pid_t tid, int type, void *buf, size_t n);
	/* Writes n bytes of memory: 0 or -errno. */
	int (*write_mem)(void *ctx, pid_t tid, taddr at, const void *buf, size_t n);
	/*
	 * The register of the first argument of a call of this AUDIT_ARCH_*; -EOPNOTSUPP where thrtrace can't set it.
	 */
	int (*set_arg0)(void *ctx, pid_t tid, uint32_t arch, uint64_t value);
	/* At the stop before a call: it is not made, and returns -error. -EOPNOTSUPP where it is not known how. */
	int (*refuse_call)(void *ctx, pid_t tid, int error);
	/* Up to n bytes of memory, short at a hole. */
	ssize_t (*read_mem)(void *ctx, pid_t tid, taddr at, void *buf, size_t n);
	/*
	 * A hint: tid[0] is in the event that it has made tid[1], with which it shares its memory, and the first range
	 * (empty: unknown) are frames that it is in; or it is at its exit stop, and tid[1] is the same. These ranges
	 * will be asked for in a moment. They may be read at once, to serve read_mem until one of the two goes on.
	 * NULL: of no use here.
	 */
	void (*expect_mem)(void *ctx, const pid_t tid[2], const struct mem_range *range, unsigned n);
	/*
	 * A hint: the kernel itself reads or writes these bytes for the task, before this stop or before the task runs
	 * again. So their pages are there, or come by the program's own doing, and read_mem need not look until the
	 * task goes on. NULL: of no use here.
	 */
	void (*used_mem)(void *ctx, pid_t tid, struct mem_range range);
	/*
	 * The bytes of these ranges into buf, one range after another, at once: how many, up to the first byte that
	 * can't be read. Of pages that are known to be there: others would be brought. At most RANGES_AT_ONCE. NULL:
	 * ask read_mem for each.
	 */
	ssize_t (*read_ranges)(void *ctx, pid_t tid, const struct mem_range *range, unsigned n, void *buf);
	/* Up to n bytes of /proc/TID/NAME from its start ("maps", "status", "comm"): how many. */
	ssize_t (*read_proc)(void *ctx, pid_t tid, const char *name, char *buf, size_t n);
	/*
	 * The mapping that contains addr. With next_code the lowest that ends above addr and is code of a file (an
	 * inode and VMA_EXEC): there are few of those, and thousands of stacks between them. -ENOENT when none is.
	 */
	int (*vma)(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret);
	/*
	 * Lowest page in [low, high) that is, or was, in memory or swap and is no guard: *ret; high when none is.
	 * -EOPNOTSUPP where the kernel can't tell.
	 */
	int (*lowest_touched)(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret);
	/* Bytes from low on that are MADV_GUARD pages, at most up to high. */
	int (*guard_pages)(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret);
	/* kcmp(2) of two tasks: 0 same object, 1 different. what: KCMP_VM... */
	int (*kcmp)(void *ctx, pid_t a, pid_t b, int what);
	/* Is tid a task of this thread group? 1, 0, or -errno (-EPERM). */
	int (*in_group)(void *ctx, pid_t tgid, pid_t tid);
	/* The identity (inode) of /proc/TID/ns/NAME. */
	int (*ns)(void *ctx, pid_t tid, const char *name, uint64_t *ret);
	int (*robust_list)(void *ctx, pid_t tid, taddr *ret_head);
	/* The registered rseq area, 0 when none. */
	int (*rseq)(void *ctx, pid_t tid, taddr *ret);
	/* For how many nanoseconds it has slept. -ENODATA: it does not, or that can't be told (asleep.h). */
	int (*asleep)(void *ctx, pid_t tid, uint64_t *ret_ns);
	/* The tids of a process, at most n, in the order of /proc/TGID/task: how many. */
	int (*list_tasks)(void *ctx, pid_t tgid, pid_t *ret, size_t n);
	/* split_from: with so many turns and more, the split is asked for, too. */
	int (*usage)(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret);
	/* What program the task runs, and with which C library. Never fails: what can't be read stays empty. */
	void (*identify)(void *ctx, pid_t tid, struct program_facts *ret);
	/* Why a call of a stopped task may have failed, as limit_facts.h tells it. 0 or -ESRCH. */
	int (*failure)(void *ctx, pid_t tid, const struct failure_ask *ask, struct failure_facts *ret);
	int (*origin)(void *ctx, struct origin *ret);
	uint64_t (*now_ns)(void *ctx);
	/* Since the machine was booted, as the start times of /proc/TID/stat count. */
	uint64_t (*boot_ns)(void *ctx);
};

/* The bytes of a page: a power of two. */
static inline uint64_t kernel_page(const struct kernel *k)
{
	return page_bytes_or_least(k->page_bytes);
}

#endif

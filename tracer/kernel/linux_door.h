/* SPDX-License-Identifier: MIT */
/*
 * Between the files of the live door. From below to above: linux_tracee.c, linux_proc.c, linux_mem.c,
 * linux_bytes.c, linux_wait.c, kernel_linux.c.
 */
#ifndef TRACER_LINUX_DOOR_H
#define TRACER_LINUX_DOOR_H

#include <signal.h>
#include <sys/types.h>

#include "kernel/kernel.h"
#include "kernel/waiter.h"

#define SPACE_FDS 16

/* Open files of one address space. They pin it: queries still work when the leader is a zombie. */
struct space_fds {
	pid_t tid;
	int maps, pagemap;
	uint64_t used;
};

/* The registers of a stopped task, which are asked for more than once at a birth. Void once it goes on. */
#define KEPT_REGS 4
struct kept_regs {
	pid_t tid;
	long len;
	uint64_t raw[64];
};

/*
 * Memory of a stopped creator and its child that was read in one call. Void once one of them goes on, or something is
 * written; not by the child's first report, which comes before its first instruction.
 */
#define KEPT_RANGES 3
#define KEPT_BYTES  8192
struct kept_mem {
	pid_t tid[2];
	unsigned n;
	struct mem_range range[KEPT_RANGES];
	uint8_t bytes[KEPT_BYTES];
};

/*
 * Pages of a stopped task that are in memory: an end asks of the same one twice. Void once it goes on, or another task
 * has reported.
 */
struct there {
	pid_t tid;
	taddr low, high;
};

#define KEPT_THERE 4

/* Whether a stopped task has the address space of another, of which files are open. Void as what is there is. */
struct shares {
	pid_t tid, with;
	bool same;
};

/*
 * The frames that a task was in when it made another, every page of them in memory: what it returns to is not taken
 * away. A program that makes one thread after the other from one place would be asked of the same pages at each.
 */
struct frames {
	pid_t tid;
	struct mem_range range;
};

struct linux_door {
	struct kernel k;
	sigset_t old_mask, wait_mask;
	struct sigaction old_chld;
	struct waiter *waiter; /* NULL: it only asks */
	bool blocks;           /* in waitpid: no SIGCHLD tells of a stop, and a timer ticks */
	bool ready_to_block;
	int signal;
	struct kept_regs regs[KEPT_REGS];
	unsigned next_regs;
	struct kept_mem mem;
	struct there there[KEPT_THERE];
	unsigned next_there;
	struct shares shares;
	struct frames frames; /* of the last creator */
	pid_t creator;        /* whose creation event was the last one fetched, and its message */
	unsigned long created;
	struct space_fds fds[SPACE_FDS];
	uint64_t clock; /* for the eldest entry of fds */
};

/* Waiting and signals: linux_wait.c. 0, or -ENOMEM. */
int linux_wait_begin(struct linux_door *d) THR_MUST_CHECK;
void linux_wait_end(struct linux_door *d);

/* Open files of address spaces: linux_mem.c. */
void linux_spaces_begin(struct linux_door *d);
void linux_spaces_end(struct linux_door *d);
/*
 * The first pages of the range that have the same answer, in bytes: *ret_there, they are in memory or in swap. Where
 * the kernel does not tell, all of them are taken to be there.
 */
size_t linux_same_pages(struct linux_door *d, pid_t tid, struct mem_range range, bool *ret_there);
void linux_used_mem(void *ctx, pid_t tid, struct mem_range range);
/* The mapping that contains addr, asked of a task whose files are open: as linux_vma. */
int linux_shared_vma(struct linux_door *d, pid_t tid, taddr addr, struct vma *ret);
/*
 * tid's files are those of another address space from now on, or of none. The old one may live on: a child of vfork(2)
 * had its creator's. So the files would go on answering.
 */
void linux_forget_space(struct linux_door *d, pid_t tid);

/* All requests to tracees in one place, linux_tracee.c: 0 or the result, or -errno. */
long linux_request(int req, pid_t tid, void *addr, void *data);
/* Drops what is kept of tid's answers (registers, event message): tid has a new report. */
void linux_forget_answers(struct linux_door *d, pid_t tid);
/* Drops that and the memory that was read: tid goes on, or has ended. */
void linux_forget_stop(struct linux_door *d, pid_t tid);

/* Opens /proc/TID/NAME to read: a descriptor, or -errno. linux_proc.c. */
int linux_open_proc(pid_t tid, const char *name);

/* ---- the questions of struct kernel, which says what they mean ---- */

/* linux_proc.c */
uint64_t linux_now_ns(void *ctx);
uint64_t linux_boot_ns(void *ctx);
ssize_t linux_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n);
int linux_kcmp(void *ctx, pid_t a, pid_t b, int what);
int linux_kill(void *ctx, pid_t tgid, int sig);
int linux_in_group(void *ctx, pid_t tgid, pid_t tid);
int linux_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret);
int linux_robust_list(void *ctx, pid_t tid, taddr *ret_head);
int linux_usage(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret);
int linux_list_tasks(void *ctx, pid_t tgid, pid_t *ret, size_t n);
void linux_identify(void *ctx, pid_t tid, struct program_facts *ret);
int linux_failure(void *ctx, pid_t tid, const struct failure_ask *ask, struct failure_facts *ret);
int linux_origin(void *ctx, struct origin *ret);

/* asleep.c */
int linux_asleep(void *ctx, pid_t tid, uint64_t *ret_ns);

/* linux_bytes.c */
void linux_expect_mem(void *ctx, const pid_t tid[2], const struct mem_range *range, unsigned n);
ssize_t linux_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n);
ssize_t linux_read_ranges(void *ctx, pid_t tid, const struct mem_range *range, unsigned n, void *buf);
int linux_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n);

/* linux_mem.c */
int linux_vma(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret);
int linux_lowest_touched(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret);
int linux_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret);

/* linux_tracee.c */
int linux_resume(void *ctx, pid_t tid, enum resume_op op, int sig);
int linux_seize(void *ctx, pid_t tid, uint64_t options);
int linux_interrupt(void *ctx, pid_t tid);
int linux_event_msg(void *ctx, pid_t tid, uint64_t *ret);
int linux_siginfo(void *ctx, pid_t tid, siginfo_t *ret);
int linux_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret);
ssize_t linux_regset(void *ctx, pid_t tid, int type, void *buf, size_t n);
int linux_rseq(void *ctx, pid_t tid, taddr *ret);
int linux_set_arg0(void *ctx, pid_t tid, uint32_t arch, uint64_t value);
int linux_refuse_call(void *ctx, pid_t tid, int error);

/* linux_wait.c */
int linux_put_back(void *ctx, const struct kstatus *ks);
int linux_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns);
int linux_asked(void *ctx);

#endif

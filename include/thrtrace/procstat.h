/* SPDX-License-Identifier: MIT */
/* Lines of /proc/TID/stat and /proc/TID/syscall (proc(5)), handed in as text. */
#ifndef THRTRACE_PROCSTAT_H
#define THRTRACE_PROCSTAT_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>

/*
 * Ticks a second of the times in /proc/TID/stat: the kernel's USER_HZ, which is 100 on every machine thrtrace
 * describes, whatever CONFIG_HZ is (include/asm-generic/param.h; fs/proc/array.c, do_task_stat). sysconf(_SC_CLK_TCK)
 * says the same.
 */
#define PROCSTAT_HZ 100

struct procstat {
	char comm[COMM_LEN];
	char state;           /* R, S, D, T, t, Z, X, ... */
	uint64_t flags;       /* PF_* */
	uint64_t start_ticks; /* after boot; PROCSTAT_HZ a second */
	int exit_code;        /* wait status of a zombie; 0 where the reader may not see it */
	bool exit_code_known;
};

/* 0, or -EINVAL when it is no such line. */
int procstat_parse(struct procstat *ret, const char *text) THR_MUST_CHECK;

/* Where a task sleeps. */
struct procsyscall {
	bool asleep;             /* false: it runs, or is about to */
	int64_t nr;              /* of the call that it is in; -1: in none */
	uint64_t arg[CALL_ARGS]; /* its arguments */
	taddr sp, pc;
};

/* 0, or -EINVAL when it is no such line. */
int procsyscall_parse(struct procsyscall *ret, const char *text) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* What kind of program a task runs: which library makes its threads, read from its ELF file with libelf. */
#ifndef TRACER_PROGRAM_H
#define TRACER_PROGRAM_H

#include <thrtrace/event.h>

struct program_facts {
	char path[CALL_PATH_MAX];
	char libc[64]; /* "glibc 2.36", "musl 1.2.3", "Go 1.19.8", ""; */
	enum libc_kind kind;
	bool is_static;         /* no interpreter */
	bool x32;               /* 32-bit pointers on x86-64: a third kind of calls, which thrtrace does not decode */
	bool setid;             /* the file is set-user-ID or set-group-ID: */
	int64_t setuid, setgid; /* whose; -1 where it is not */
};

/* Of the program that the task has loaded. What can't be found out stays empty. */
void program_identify(pid_t tid, struct program_facts *ret);
/* Of a file about to be executed. */
void program_identify_file(const char *path, struct program_facts *ret);

#endif

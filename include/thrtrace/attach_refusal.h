/* SPDX-License-Identifier: MIT */
/* Why a process can't be attached to, in one sentence, from what is known of it and of thrtrace. Pure. */
#ifndef THRTRACE_ATTACH_REFUSAL_H
#define THRTRACE_ATTACH_REFUSAL_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/outbuf.h>

struct attach_denial {
	pid_t pid; /* as it was asked for: a process or a thread */
	int err;   /* what PTRACE_SEIZE answered (positive); 0: it was not asked */
	bool exists;
	/* Of the process; valid when it exists. */
	pid_t tgid, ppid;
	char comm[COMM_LEN];
	char state; /* of /proc/PID/stat; 0 unknown */
	bool kernel_thread;
	pid_t tracer; /* 0: nobody traces it */
	char tracer_comm[COMM_LEN];
	bool uids_known;
	uint32_t uid[3];    /* real, effective, saved */
	uint64_t caps;      /* permitted */
	bool not_dumpable;  /* its files in /proc are root's though it is not */
	bool other_user_ns; /* than thrtrace's */
	/* Of thrtrace. */
	pid_t self, own_tracer; /* who traces thrtrace; 0 nobody */
	uint32_t own_uid;
	uint64_t own_caps; /* effective */
	bool own_filter;   /* a seccomp filter is in force */
	int yama;          /* kernel.yama.ptrace_scope; -1: the kernel has none */
};

/* Attaching would be allowed or not: it must not be tried. */
bool attach_is_folly(const struct attach_denial *f);
/* One sentence without a full stop. */
void attach_refusal_format(struct outbuf *out, const struct attach_denial *f);

#endif

/* SPDX-License-Identifier: MIT */
/* What two tasks that run share: not what flags promise, but what the kernel says now. */
#ifndef THRTRACE_SHARED_H
#define THRTRACE_SHARED_H

#include <thrtrace/event.h>
#include <thrtrace/outbuf.h>

struct shared_facts {
	pid_t tid[2], tgid[2];
	char comm[2][COMM_LEN];
	uint8_t proof[PROOF_KINDS]; /* enum proof_answer, by kcmp(2) */
	uint8_t ns[NS_KINDS];       /* the same, by /proc/TID/ns */
	int proof_errno, ns_errno;  /* why PROOF_UNKNOWN */
};

void shared_text(const struct shared_facts *f, struct outbuf *out);
/* 0 or -ENOMEM. */
int shared_json(const struct shared_facts *f, struct outbuf *out) THR_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
#include "kernel/thread_facts.h"

#include <errno.h>
#include <stdio.h>

#include <thrtrace/proof.h>

#include "kernel/proc_file.h"

static void read_signals(struct thread_facts *f, const char *status)
{
	f->signals_known = proc_field_u64(&f->pending, status, "SigPnd:", 16) &&
		proc_field_u64(&f->pending_all, status, "ShdPnd:", 16) &&
		proc_field_u64(&f->blocked, status, "SigBlk:", 16) &&
		proc_field_u64(&f->ignored, status, "SigIgn:", 16) && proc_field_u64(&f->caught, status, "SigCgt:", 16);
}

static void read_namespaces(struct thread_facts *f)
{
	for (unsigned i = 0; i < NS_KINDS; i++) {
		uint64_t process;
		if (proc_ns_inode(&f->ns[i], f->tid, ns_words[i].name))
			f->ns[i] = 0;
		f->alike[i] = !f->ns[i] || proc_ns_inode(&process, f->tgid, ns_words[i].name) ? PROOF_UNKNOWN :
			process == f->ns[i]                                                   ? PROOF_SAME :
												PROOF_DIFFERENT;
	}
}

int thread_facts_read(struct thread_facts *ret, pid_t tid)
{
	char path[64], text[PROC_TEXT];
	uint64_t tgid;

	*ret = (struct thread_facts){ .tid = tid };
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (proc_file_read(text, sizeof(text), path) <= 0 || !proc_field_u64(&tgid, text, "Tgid:", 10))
		return -ESRCH;
	ret->tgid = (pid_t)tgid;
	read_signals(ret, text);
	read_namespaces(ret);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", tid);
	if (proc_file_read(text, sizeof(text), path) <= 0 || !proc_cgroup_path(ret->cgroup, text, NULL))
		ret->cgroup[0] = '\0';
	return 0;
}

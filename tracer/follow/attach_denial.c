/* SPDX-License-Identifier: MIT */
#include "follow/attach_denial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrtrace/procstat.h>

#include "follow/facts.h"
#include "kernel/proc_file.h"

#define PF_KTHREAD 0x00200000U /* include/linux/sched.h */

static uint64_t field(const char *text, const char *name, int base)
{
	uint64_t v;

	return proc_field_u64(&v, text, name, base) ? v : 0;
}

static void read_task(struct attach_denial *f, struct run *r, const char *status)
{
	struct procstat s;
	const char *uid = proc_field(status, "Uid:");

	f->tgid = (pid_t)field(status, "Tgid:", 10);
	f->ppid = (pid_t)field(status, "PPid:", 10);
	f->tracer = (pid_t)field(status, "TracerPid:", 10);
	f->caps = field(status, "CapPrm:", 16);
	f->uids_known = uid && sscanf(uid, "%u %u %u", &f->uid[0], &f->uid[1], &f->uid[2]) == 3;
	if (f->tracer)
		facts_comm(r, f->tracer, f->tracer_comm);
	if (!facts_stat(r, f->pid, &s))
		return;
	memcpy(f->comm, s.comm, sizeof(f->comm));
	f->state = s.state;
	f->kernel_thread = s.flags & PF_KTHREAD;
}

/* fs/proc/base.c, task_dump_owner: the files of what is not dumpable belong to root; the directory never does. */
static bool belongs_to_root(pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return stat(path, &st) == 0 && st.st_uid == 0;
}

static void read_self(struct attach_denial *f, struct run *r)
{
	char status[PROC_TEXT];
	uint64_t scope;

	f->self = getpid();
	f->own_uid = geteuid();
	f->yama = proc_file_u64(&scope, "/proc/sys/kernel/yama/ptrace_scope") == 0 ? (int)scope : -1;
	if (!facts_text(r, f->self, "status", status, sizeof(status)))
		return;
	f->own_tracer = (pid_t)field(status, "TracerPid:", 10);
	f->own_caps = field(status, "CapEff:", 16);
	f->own_filter = field(status, "Seccomp:", 10) == 2;
}

bool attach_is_ours(struct run *r, pid_t tid)
{
	return facts_status(r, tid, "TracerPid:") == getpid();
}

bool attach_other_ns(struct run *r, pid_t pid, const char *name)
{
	uint64_t own, its;

	return r->k->ns(r->k->ctx, getpid(), name, &own) == 0 && r->k->ns(r->k->ctx, pid, name, &its) == 0 &&
		own != its;
}

void attach_denial_read(struct attach_denial *ret, struct run *r, pid_t pid, int err)
{
	char status[PROC_TEXT];

	*ret = (struct attach_denial){ .pid = pid, .err = err };
	read_self(ret, r);
	ret->exists = facts_text(r, pid, "status", status, sizeof(status));
	if (!ret->exists)
		return;
	read_task(ret, r, status);
	ret->not_dumpable = ret->uids_known && ret->uid[1] != 0 && belongs_to_root(pid);
	ret->other_user_ns = attach_other_ns(r, pid, "user");
}

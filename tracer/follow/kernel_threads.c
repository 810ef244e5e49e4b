/* SPDX-License-Identifier: MIT */
#include "follow/kernel_threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/procstat.h>

#include "follow/facts.h"

/* include/linux/sched.h; the first from 5.12 on, the second from 6.4 on, where a worker of io_uring has both. */
#define PF_IO_WORKER   0x00000010U
#define PF_USER_WORKER 0x00004000U
#define INIT_PID_NS    UINT64_C(0xEFFFFFFC) /* include/linux/proc_ns.h */

/* The task of this process that the number in the name means, which is that of the first pid namespace. */
static const struct task *owner_by_name(struct run *r, const char *comm, pid_t tgid)
{
	const char *dash = strrchr(comm, '-');
	uint64_t its;
	char *end;

	if (!dash || r->k->ns(r->k->ctx, tgid, "pid", &its) || its != INIT_PID_NS)
		return NULL;
	long tid = strtol(dash + 1, &end, 10);
	if (end == dash + 1 || *end || tid <= 0)
		return NULL;
	const struct task *owner = model_last_by_tid(r->tell.model, (pid_t)tid);
	return owner && owner->tgid == tgid ? owner : NULL;
}

/* Its end was told together with its birth: it is on record as dead. */
static bool is_told(struct run *r, pid_t tid, pid_t tgid)
{
	const struct task *last = model_last_by_tid(r->tell.model, tid);

	return tracee_find(&r->tracees, tid) ||
		(last && (last->life != TASK_DEAD || (last->birth == BIRTH_IO_WORKER && last->tgid == tgid)));
}

static bool is_kernel_made(struct run *r, pid_t tid, struct procstat *stat)
{
	return facts_stat(r, tid, stat) && (stat->flags & (PF_IO_WORKER | PF_USER_WORKER));
}

static void tell_worker(struct run *r, pid_t tid, pid_t tgid, const char *comm)
{
	const struct task *owner = owner_by_name(r, comm, tgid);
	const struct task *task = model_task_new(r->tell.model, tid, tgid, owner);

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.u.birth = { .kind = BIRTH_IO_WORKER,
			.comm = comm,
			.creator = owner,
			.creator_guessed = owner != NULL },
	};
	run_tell(r, &ev, true);
	/* Those of one submitter end with it (io_uring/io-wq.c); the others with the process, or what it has opened. */
	bool its_own = strncmp(comm, "iou-wrk-", 8) == 0;
	struct event end = {
		.kind = EV_END, .task = task, .u.end = { .how = END_WITH_OWNER, .by = its_own ? owner : NULL }
	};
	run_tell(r, &end, false);
}

/* Of more tasks the rest is not looked at. */
#define LISTED_MAX 4096
/* The first time between two looks when nothing happens; each is twice the one before, up to the longest. */
#define LOOK_NS      50000000U
#define LOOK_MOST_NS UINT64_C(60000000000)

/*
 * It is made with its creator's name, and gives itself its own ("iou-...", io_uring/io-wq.c, sqpoll.c) as soon as it
 * has a CPU.
 */
static bool has_its_name(const struct procstat *stat)
{
	return !(stat->flags & PF_IO_WORKER) || strncmp(stat->comm, "iou-", 4) == 0;
}

static void look(struct run *r, pid_t tgid, bool for_the_last_time)
{
	pid_t *tids = malloc(LISTED_MAX * sizeof(*tids));
	int n = tids ? r->k->list_tasks(r->k->ctx, tgid, tids, LISTED_MAX) : 0;

	for (int i = 0; i < n; i++) {
		struct procstat stat;
		if (!is_told(r, tids[i], tgid) && is_kernel_made(r, tids[i], &stat) &&
			(for_the_last_time || has_its_name(&stat)))
			tell_worker(r, tids[i], tgid, stat.comm);
	}
	free(tids);
}

void kernel_threads_look(struct run *r, pid_t tgid)
{
	look(r, tgid, true);
}

uint64_t kernel_threads_sleep(struct run *r, uint64_t most_ns)
{
	struct kernel_threads *k = &r->kernel_threads;
	uint64_t left = k->slept_ns < k->step_ns ? k->step_ns - k->slept_ns : LOOK_NS;
	uint64_t ns = left < most_ns ? left : most_ns;

	k->slept_ns += ns;
	return ns;
}

/* The clock is not asked: the times of reports and the sleeps between them tell how long it is. */
static bool is_due(const struct run *r)
{
	const struct kernel_threads *k = &r->kernel_threads;

	if (r->t_report_ns == k->t_report_ns)
		return k->slept_ns >= k->step_ns;
	return r->t_report_ns >= k->t_next_ns;
}

void kernel_threads_idle(struct run *r)
{
	struct kernel_threads *k = &r->kernel_threads;
	struct tracee *t, *next;

	if (!r->begun || !is_due(r))
		return;
	k->step_ns = k->step_ns ? k->step_ns * 2 : LOOK_NS;
	if (k->step_ns > LOOK_MOST_NS)
		k->step_ns = LOOK_MOST_NS;
	k->t_report_ns = r->t_report_ns;
	k->t_next_ns = r->t_report_ns + k->step_ns;
	k->slept_ns = 0;
	HASH_ITER (hh, r->tracees.by_tid, t, next)
		if (t->tid == t->tgid && t->serial)
			look(r, t->tgid, false);
}

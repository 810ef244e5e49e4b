/* SPDX-License-Identifier: MIT */
#include "sample/sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <thrtrace/proc_text.h>

#include "kernel/asleep.h"
#include "kernel/machine_facts.h"
#include "kernel/program.h"
#include "kernel/task_files.h"
#include "sample/stacks.h"
#include "sample/starts.h"

#define THOROUGH_EACH 10

struct sample {
	struct task_files f;
	struct program_facts program;
	bool words64;
	struct census_machine machine;
	unsigned looks;
	bool asks_asleep, asks_starts;
	struct starts *starts; /* NULL: not asked for yet, or can't be had */
	bool thorough;         /* this look reads of resting tasks, too, what others can change: nice, affinity, name */
	struct modules modules;   /* as they were at the last thorough look */
	uint64_t t_ns;            /* of the look before */
	struct census_task *task; /* then, by tid */
	size_t n;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static int by_tid(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* ---- one task ---- */

static bool read_text(const struct sample *s, pid_t tid, const char *name, char text[PROC_TEXT])
{
	return task_file_read(&s->f, tid, name, text, PROC_TEXT) > 0;
}

static bool read_account(const struct sample *s, pid_t tid, struct census_account *a)
{
	char text[PROC_TEXT];

	*a = (struct census_account){ .t_ns = now_ns() };
	if (read_text(s, tid, "schedstat", text) && census_take_schedstat(a, text))
		return true;
	a->t_ns = 0;
	return false;
}

/* Neither has it run since, nor does it run now. */
static bool has_rested(const struct census_account *was, const struct census_account *is)
{
	return was->t_ns && is->t_ns && was->turns == is->turns && was->cpu_ns == is->cpu_ns &&
		was->wait_ns == is->wait_ns;
}

/*
 * What status says. Before the first look only accounts and status were read (so "before" has no state), a moment ago:
 * the status of a task that has rested since is not read twice. Later looks ask here for a rested task only when they
 * are thorough: another may have changed its affinity.
 */
static void read_status(const struct sample *s, struct census_task *t, const struct census_task *before)
{
	char text[PROC_TEXT];

	if (before && !before->state && before->is.split && has_rested(&before->is, &t->is)) {
		t->tid_inside = before->tid_inside;
		memcpy(t->affinity, before->affinity, sizeof(t->affinity));
		t->is.voluntary = before->is.voluntary;
		t->is.involuntary = before->is.involuntary;
		t->is.split = before->is.split;
		return;
	}
	if (!read_text(s, t->tid, "status", text) || !census_take_status(t, &t->is, text))
		t->tid_inside = t->tid;
}

static void read_place(const struct sample *s, const struct census *c, struct census_task *t)
{
	char text[PROC_TEXT];

	if (t->state == 'R' || t->state == 'Z' || t->state == 'X')
		return;
	if (read_text(s, t->tid, "syscall", text))
		census_take_syscall(t, text);
	if (census_asks_file(c, t)) {
		if (task_files_fd(&s->f, t->arg[0], text, sizeof(text)) == 0)
			census_take_file(t, text);
	} else if (!t->call_known || t->state == 'D' || t->nr < 0) {
		if (read_text(s, t->tid, "wchan", text))
			census_take_wchan(t, text);
	}
}

/* A task that has not run is where it was, with all that was read of it. */
static void rest_on(struct census_task *t, const struct census_task *before, uint64_t t_ns)
{
	*t = *before;
	t->was = before->is;
	t->is.t_ns = t_ns;
}

/* False: it is gone. */
static bool read_task(
	const struct sample *s, const struct census *c, struct census_task *t, const struct census_task *before)
{
	char text[PROC_TEXT];

	struct census_account is;

	read_account(s, t->tid, &is);
	if (before && before->state && !s->thorough && has_rested(&before->is, &is)) {
		rest_on(t, before, is.t_ns);
		return true;
	}
	if (before && !s->thorough) /* for its stack, which is not looked at each time */
		rest_on(t, before, is.t_ns);
	t->call_known = false;
	t->wchan[0] = t->file[0] = '\0';
	t->is = is;
	if (before)
		t->was = before->is;
	if (!read_text(s, t->tid, "stat", text) || !census_take_stat(t, text))
		return false;
	read_status(s, t, before);
	read_place(s, c, t);
	if (task_robust_list(t->tid, &t->robust_head))
		t->robust_head = 0;
	return true;
}

/* ---- how long they have slept ---- */

/* Whoever has run since its state was read is passed over. */
static void read_asleep(const struct sample *s, struct cpu_clocks *clocks, struct census_task *t)
{
	struct census_account now;
	char text[PROC_TEXT];
	uint64_t at;

	t->asleep_known = false;
	if ((t->state != 'S' && t->state != 'D') || !read_text(s, t->tid, "sched", text) ||
		!census_take_sched(&at, text))
		return;
	if (read_account(s, t->tid, &now) && has_rested(&t->is, &now))
		t->asleep_known = asleep_since(clocks, t->last_cpu, at, &t->asleep_ns) == 0;
}

static void read_all_asleep(const struct sample *s, struct census *c)
{
	struct cpu_clocks clocks = { .n = 0 };

	for (size_t i = 0; i < c->n; i++)
		read_asleep(s, &clocks, &c->task[i]);
	cpu_clocks_release(&clocks);
}

void sample_asleep(struct sample *s, bool wanted)
{
	s->asks_asleep = wanted;
}

void sample_starts(struct sample *s, bool wanted)
{
	if (wanted && !s->asks_starts)
		s->looks = 0;
	s->asks_starts = wanted;
}

/* Those of before stay what they were. */
static void read_starts(struct sample *s, struct census *c)
{
	if (!s->asks_starts || !s->thorough)
		return;
	if (!s->starts && starts_new(&s->starts)) {
		starts_free(s->starts);
		s->starts = NULL;
		return;
	}
	starts_read(s->starts, c);
}

/* ---- all of them ---- */

static const struct census_task *task_before(const struct sample *s, pid_t tid)
{
	const struct census then = { .task = s->task, .n = s->n };

	return census_by_tid(&then, tid);
}

static int read_tasks(const struct sample *s, struct census *c)
{
	pid_t *tid = NULL;
	ssize_t n = task_files_list(&s->f, &tid);

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	qsort(tid, (size_t)n, sizeof(*tid), by_tid);
	c->task = calloc((size_t)n, sizeof(*c->task));
	for (ssize_t i = 0; c->task && i < n; i++) {
		const struct census_task *before = task_before(s, tid[i]);
		struct census_task *t = &c->task[c->n];
		*t = (struct census_task){ .tid = tid[i] };
		c->n += read_task(s, c, t, before);
	}
	free(tid);
	if (!c->task)
		return -ENOMEM;
	return c->n ? 0 : -ESRCH;
}

static void count_changes(const struct sample *s, struct census *c)
{
	size_t both = 0;

	for (size_t i = 0; i < c->n; i++)
		both += task_before(s, c->task[i].tid) != NULL;
	c->born = c->n - both;
	c->ended = s->n - both;
}

static void count_lacks(struct census *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct census_task *t = &c->task[i];
		bool sleeps = t->state == 'S' || t->state == 'D' || t->state == 'I';
		c->lacks[CENSUS_NO_ACCOUNT] += !t->is.t_ns;
		c->lacks[CENSUS_NO_SPLIT] += !t->is.split;
		c->lacks[CENSUS_NO_CALL] += sleeps && !t->call_known && !t->wchan[0];
	}
	c->why[CENSUS_NO_ACCOUNT] = "/proc/TID/schedstat is not there: a kernel without CONFIG_SCHED_INFO";
	c->why[CENSUS_NO_SPLIT] = "/proc/TID/status can't be read";
	c->why[CENSUS_NO_CALL] =
		"/proc/TID/syscall and wchan can't be read, which needs the right to trace the process";
}

/* ---- locks ---- */

static void read_words(const struct sample *s, taddr at, struct lock_words *w)
{
	*w = (struct lock_words){ .below = 0 };
	ssize_t n = at > LOCK_BELOW ? task_memory(&s->f, at - LOCK_BELOW, w->bytes, sizeof(w->bytes)) : -EFAULT;
	if (n == (ssize_t)sizeof(w->bytes)) {
		w->below = LOCK_BELOW;
		w->above = LOCK_ABOVE;
		return;
	}
	n = task_memory(&s->f, at, w->bytes + LOCK_BELOW, LOCK_ABOVE);
	w->above = n > 0 ? (unsigned)n : 0;
}

static bool read_lock(
	const struct sample *s, const struct census *c, const struct census_task *t, struct census_lock *ret)
{
	struct lock_words words;
	taddr at;

	if (!census_waits_on(c, t, &at))
		return false;
	read_words(s, at, &words);
	census_lock_of(ret, c, t, &words);
	return true;
}

/*
 * A look takes its time: the first thread may have gone on when the last is read. So the locks of all are read again,
 * and then who has run since: of those that have not, all that was read was true at one moment, between the two.
 */
static void look_again(const struct sample *s, struct census *c)
{
	struct census_account a;
	struct census_lock l;

	for (size_t i = 0; i < c->n; i++) {
		struct census_lock *first = &c->task[i].lock;
		first->steady = first->owner && read_lock(s, c, &c->task[i], &l) && l.kind == first->kind &&
			l.at == first->at && l.owner == first->owner;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct census_task *t = &c->task[i];
		if (t->lock.steady)
			t->lock.steady = read_account(s, t->tid, &a) && has_rested(&t->is, &a);
	}
}

static void read_locks(const struct sample *s, struct census *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct census_lock *l = &c->task[i].lock;
		bool same = !s->thorough && l->kind >= WAIT_CONDITION && c->task[i].was.turns == c->task[i].is.turns;
		if (!same && !read_lock(s, c, &c->task[i], l))
			l->kind = WAIT_NONE;
	}
	look_again(s, c);
}

/* ---- a process ---- */

static void read_memory(const struct sample *s, struct census *c)
{
	char text[PROC_TEXT];
	uint64_t kib;

	if (!read_text(s, s->f.pid, "status", text))
		return;
	if (proc_field_u64(&kib, text, "VmSize:", 10))
		c->vm = kib * 1024;
	if (proc_field_u64(&kib, text, "VmRSS:", 10))
		c->resident = kib * 1024;
}

/* A copy of the tasks is what the next look compares with. */
static int remember(struct sample *s, const struct census *c)
{
	struct census_task *task = malloc((c->n + 1) * sizeof(*task));

	if (!task)
		return -ENOMEM;
	memcpy(task, c->task, c->n * sizeof(*task));
	free(s->task);
	s->task = task;
	s->n = c->n;
	s->t_ns = c->end_ns;
	return 0;
}

int sample_look(struct sample *s, struct census *ret)
{
	struct census c = { .pid = s->f.pid, .libc = s->program.kind, .words64 = s->words64, .machine = s->machine };
	char text[PROC_TEXT];

	s->thorough = s->looks++ % THOROUGH_EACH == 0;
	c.begin_ns = s->t_ns;
	c.end_ns = now_ns();
	c.machine.throttled[1] = c.machine.throttled[0] == UINT64_MAX ? UINT64_MAX : machine_throttled(s->f.pid);
	int err = read_tasks(s, &c);
	if (!err && read_text(s, s->f.pid, "comm", text))
		snprintf(c.comm, sizeof(c.comm), "%.*s", (int)strcspn(text, "\n"), text);
	if (!err) {
		count_changes(s, &c);
		count_lacks(&c);
		read_memory(s, &c);
		read_locks(s, &c);
		if (s->asks_asleep)
			read_all_asleep(s, &c);
		err = s->thorough ? stacks_read(&c, &s->modules, &s->f) : 0;
	}
	if (!err)
		read_starts(s, &c);
	if (!err)
		err = census_names(&c);
	if (!err) {
		census_roles(&c, &(struct role_process){ (const char *const *)s->modules.name, s->modules.n });
		err = remember(s, &c);
	}
	if (err) {
		census_release(&c);
		return err;
	}
	s->machine.throttled[0] = c.machine.throttled[1];
	task_files_rest(&s->f);
	census_places(&c);
	*ret = c;
	return 0;
}

/* The accounts that the first look compares with. */
static int read_before(struct sample *s)
{
	pid_t *tid = NULL;

	s->t_ns = now_ns();
	ssize_t n = task_files_list(&s->f, &tid);
	if (n < 0)
		return (int)n;
	s->task = calloc((size_t)n + 1, sizeof(*s->task));
	if (s->task)
		qsort(tid, (size_t)n, sizeof(*tid), by_tid);
	for (ssize_t i = 0; s->task && i < n; i++) {
		struct census_task *t = &s->task[s->n];
		*t = (struct census_task){ .tid = tid[i] };
		read_account(s, t->tid, &t->is);
		read_status(s, t, NULL);
		s->n++;
	}
	free(tid);
	task_files_rest(&s->f);
	return s->task ? 0 : -ENOMEM;
}

int sample_new(struct sample **ret, pid_t pid)
{
	struct sample *s = calloc(1, sizeof(*s));

	*ret = s;
	if (!s)
		return -ENOMEM;
	s->f.tasks = s->f.pagemap = -1;
	int err = task_files_open(&s->f, pid);
	if (err)
		return err == -ENOENT ? -ESRCH : err;
	program_identify(pid, &s->program);
	s->words64 = task_files_native(&s->f);
	machine_facts(&s->machine, pid);
	return read_before(s);
}

void sample_free(struct sample *s)
{
	if (!s)
		return;
	task_files_close(&s->f);
	modules_clear(&s->modules);
	starts_free(s->starts);
	free(s->task);
	free(s);
}

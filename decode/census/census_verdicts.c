/* SPDX-License-Identifier: MIT */
/*
 * What is to be said of a process: each a comparison of two numbers, which the sentence tells. A verdict is made of
 * what was measured, and of nothing else; where a number is missing there is none.
 */
#include "census/census_impl.h"

#include <stdlib.h>
#include <string.h>

#include <thrtrace/tables.h>

#define CROWDED     1.5  /* times as many that want to run as there are CPUs, and at least one more */
#define OFTEN       1000 /* switches a second that are worth a word */
#define MOSTLY      0.8
#define WHOLE_CPU   90.0 /* percent */
#define MUCH        0.1  /* of what CPUs there are */
#define MANY        1000 /* threads */
#define SOME        20
#define SHORTEST_NS 50000000 /* of an interval: below that one tick decides */
#define NAMED_MAX   4

struct judged {
	const struct census *c;
	struct census_group sum;
	double capacity; /* CPUs that it may use at once */
	census_verdict *say;
	void *ctx;
};

static void tell(const struct judged *j, const char *id, struct outbuf *b)
{
	if (!outbuf_status(b))
		j->say(j->ctx, id, outbuf_str(b));
	outbuf_release(b);
}

static void begin(struct outbuf *b)
{
	outbuf_init(b, 4096);
}

/* What the CPUs are limited by. */
static void put_capacity(struct outbuf *b, const struct judged *j)
{
	const struct census_machine *m = &j->c->machine;

	outbuf_printf(b, "%.4g CPU%s", j->capacity, j->capacity == 1 ? "" : "s");
	if (m->quota_ns && m->period_ns)
		outbuf_printf(
			b, " (cpu.max: %.4g ms of each %.4g)", (double)m->quota_ns / 1e6, (double)m->period_ns / 1e6);
}

static double capacity_of(const struct census *c, const struct census_group *sum)
{
	const struct census_machine *m = &c->machine;
	unsigned allowed = sum->first && !sum->affinities_differ ? census_cpus(sum->first->affinity) : 0;
	double cpus = allowed && allowed < m->cpus ? allowed : m->cpus;
	double quota = m->quota_ns && m->period_ns ? (double)m->quota_ns / (double)m->period_ns : cpus;

	return quota < cpus ? quota : cpus;
}

/* ---- CPUs ---- */

static void crowded(const struct judged *j)
{
	double wanted = (j->sum.cpu + j->sum.queue) / 100, others = j->capacity - j->sum.cpu / 100;
	struct outbuf b;

	if (j->capacity <= 0 || wanted < CROWDED * j->capacity || wanted < j->capacity + 1)
		return;
	begin(&b);
	outbuf_printf(&b,
		"crowded: %.1f threads want to run at any time (%.1f on a CPU, %.1f waiting for one), and there are ",
		wanted, j->sum.cpu / 100, j->sum.queue / 100);
	put_capacity(&b, j);
	outbuf_printf(&b, ": each gets %.1f %% of one", j->sum.cpu / wanted);
	if (others > 0.25 * j->capacity)
		outbuf_printf(&b, "; other processes have %.1f of them", others);
	if (j->c->machine.base_slice_ns) {
		double slice = (double)j->c->machine.base_slice_ns / 1e6;
		outbuf_printf(&b,
			". At this kernel's base slice of %.1f ms one that has run waits %.0f ms for its next turn",
			slice, slice * (wanted / j->capacity - 1));
	}
	tell(j, "crowded", &b);
}

static void pushed_off(const struct judged *j)
{
	double all = j->sum.voluntary + j->sum.involuntary;
	struct outbuf b;

	if (!j->sum.any_split || all < OFTEN / 10.0 || j->sum.involuntary < MOSTLY * all)
		return;
	begin(&b);
	outbuf_printf(&b,
		"pushed off: %.0f of %.0f switches a second (%.0f %%) are involuntary: threads are put off a CPU while "
		"they could go on",
		j->sum.involuntary, all, 100 * j->sum.involuntary / all);
	tell(j, "pushed-off", &b);
}

/* A write and a read of a pipe are in what --cost calls a switch: so it is "up to". */
static void switching(const struct judged *j)
{
	double all = j->sum.voluntary + j->sum.involuntary, each = (double)j->c->machine.switch_ns;
	double share = all * each / 1e9;
	struct outbuf b;

	if (!j->sum.any_split || each <= 0 || share < MUCH * j->capacity)
		return;
	begin(&b);
	outbuf_printf(&b,
		"switching: %.0f switches a second at %.1f us each, as a pipe between two threads takes on this "
		"machine "
		"now, are up to %.0f %% of the ",
		all, each / 1e3, 100 * share / j->capacity);
	put_capacity(&b, j);
	tell(j, "switching", &b);
}

static void whole_cpus(const struct judged *j)
{
	size_t n = 0;
	struct outbuf b;

	begin(&b);
	for (size_t i = 0; i < j->c->n; i++) {
		const struct census_task *t = &j->c->task[i];
		struct census_rates r;
		if (!census_rates_of(t, &r) || r.cpu < WHOLE_CPU || t->is.t_ns - t->was.t_ns < SHORTEST_NS)
			continue;
		if (n++ >= NAMED_MAX)
			continue;
		outbuf_printf(&b, "%s%d ", n > 1 ? ", " : "", t->tid);
		plain_format(&b, t->comm);
		outbuf_printf(&b, " %.1f %%", r.cpu);
	}
	if (n) {
		struct outbuf all;
		begin(&all);
		outbuf_printf(&all,
			"busy: %zu thread%s had a CPU for %.0f %% of the time or more, and did not wait: %s%s", n,
			n == 1 ? "" : "s", WHOLE_CPU, outbuf_str(&b), n > NAMED_MAX ? ", ..." : "");
		tell(j, "busy", &all);
	}
	outbuf_release(&b);
}

static void throttled(const struct judged *j)
{
	const struct census_machine *m = &j->c->machine;
	struct outbuf b;

	if (m->throttled[0] == UINT64_MAX || m->throttled[1] == UINT64_MAX || m->throttled[1] <= m->throttled[0])
		return;
	begin(&b);
	outbuf_printf(&b,
		"throttled: its cgroup was stopped %llu times within %.0f ms, for it had used up its share of ",
		(unsigned long long)(m->throttled[1] - m->throttled[0]), census_seconds(j->c) * 1e3);
	put_capacity(&b, j);
	tell(j, "throttled", &b);
}

/* ---- threads ---- */

static bool is_held(const struct census_task *t)
{
	return t->lock.owner && (t->lock.kind == WAIT_MUTEX || t->lock.kind == WAIT_PI || t->lock.kind == WAIT_WRITTEN);
}

/* Half of all threads, and not few, wait for locks of one thread. */
static int one_owner(const struct judged *j)
{
	const struct census_group *most = NULL;
	struct census_group *group;
	struct outbuf b;
	size_t n;
	int err = census_groups(j->c, BY_WAIT, &group, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (is_held(group[i].first) && (!most || group[i].n > most->n))
			most = &group[i];
	if (most && most->n >= SOME && most->n * 2 >= j->c->n) {
		const struct census_task *owner = census_owner(j->c, most->first);
		begin(&b);
		outbuf_printf(&b, "one owner: %zu of %zu threads wait for a lock that %d ", most->n, j->c->n,
			most->first->lock.owner);
		plain_format(&b, owner ? owner->comm : "");
		outbuf_printf(&b, " has, as the one at %#llx; where that one is: %s",
			(unsigned long long)most->first->lock.at,
			owner && owner->place[0] ? owner->place : "not known");
		tell(j, "one-owner", &b);
	}
	free(group);
	return 0;
}

static void grows(const struct judged *j)
{
	struct outbuf b;

	if (j->c->born < SOME || j->c->ended)
		return;
	begin(&b);
	outbuf_printf(&b, "grows: %zu threads were born within %.0f ms and none ended; there are %zu", j->c->born,
		census_seconds(j->c) * 1e3, j->c->n);
	tell(j, "grows", &b);
}

static void asleep(const struct judged *j)
{
	struct census_group idle = { .n = 0 };
	struct outbuf b;
	size_t all = 0;

	for (size_t i = 0; i < j->c->n; i++) {
		const struct census_task *t = &j->c->task[i];
		if (!t->was.t_ns || !t->is.t_ns || t->was.turns != t->is.turns || t->was.cpu_ns != t->is.cpu_ns ||
			t->state == 'R')
			continue;
		all++;
		idle.reserved += t->reserved;
		idle.touched += t->touched;
		idle.any_touched |= t->touched_known;
	}
	if (all < MANY)
		return;
	begin(&b);
	outbuf_printf(&b, "asleep: %zu of %zu threads did not run within %.0f ms; they hold ", all, j->c->n,
		census_seconds(j->c) * 1e3);
	census_size(&b, idle.reserved);
	outbuf_puts(&b, " of address space");
	if (idle.any_touched) {
		outbuf_puts(&b, ", ");
		census_size(&b, idle.touched);
		outbuf_puts(&b, " of memory in stacks");
	}
	if (j->c->machine.kernel_stack) {
		outbuf_puts(&b, " and ");
		census_size(&b, all * j->c->machine.kernel_stack);
		outbuf_puts(&b, " in the kernel's stacks");
	}
	tell(j, "asleep", &b);
}

/* ---- deadlocks ---- */

static void put_wait(struct outbuf *b, const struct census_task *t, const char *who)
{
	const struct census_lock *l = &t->lock;

	if (l->kind == WAIT_JOIN)
		outbuf_printf(b, "%s waits for the end of %d", who, l->owner);
	else
		outbuf_printf(b, "%s waits for the %s at %#llx held by %d", who,
			l->kind == WAIT_WRITTEN ? "rwlock" : "mutex", (unsigned long long)l->at, l->owner);
}

static void deadlock(void *ctx, const struct census_task *const *task, size_t n)
{
	const struct judged *j = ctx;
	struct outbuf b;

	begin(&b);
	outbuf_printf(&b, "deadlock: %d ", task[0]->tid);
	quote_format(&b, task[0]->comm, strnlen(task[0]->comm, COMM_LEN));
	put_wait(&b, task[0], "");
	if (n == 1)
		outbuf_puts(&b, ", that is itself");
	for (size_t i = 1; i < n; i++) {
		outbuf_putc(&b, ' ');
		quote_format(&b, task[i]->comm, strnlen(task[i]->comm, COMM_LEN));
		put_wait(&b, task[i], ", which");
	}
	tell(j, "deadlock", &b);
}

int census_verdicts(const struct census *c, census_verdict *say, void *ctx)
{
	struct judged j = { .c = c, .sum = census_total(c), .say = say, .ctx = ctx };

	j.capacity = capacity_of(c, &j.sum);
	int err = census_deadlocks(c, deadlock, &j);
	if (err)
		return err;
	err = one_owner(&j);
	if (err)
		return err;
	crowded(&j);
	throttled(&j);
	pushed_off(&j);
	switching(&j);
	whole_cpus(&j);
	grows(&j);
	asleep(&j);
	return 0;
}

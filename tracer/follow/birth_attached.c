/* SPDX-License-Identifier: MIT */
#include "follow/birth_attached.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <thrtrace/census.h>
#include <thrtrace/proc_text.h>
#include <thrtrace/stack_attached.h>

#include "follow/attached.h"
#include "creators/creators.h"
#include "follow/facts.h"

#define RECORD_WORDS ((STACK_RECORD_BELOW + STACK_RECORD_ABOVE) / 8)

/* All that is gathered of one task; the event borrows from it. */
struct seen {
	struct procstat stat;
	struct stack_record record;
	struct stack_area stack;
	struct attached_facts facts;
	struct start_routine start;
	struct birth_facts birth;
};

/*
 * Calls that fail with EINTR when the task is stopped and goes on, though no signal came (signal(7), "Interruption of
 * system calls and library functions by stop signals"). Others go on by themselves. Sockets with a timeout, which do it
 * too, can't be told by the number of the call.
 */
static bool is_fragile(int64_t nr)
{
	static const int64_t calls[] = {
#ifdef SYS_epoll_wait
		SYS_epoll_wait,
#endif
		SYS_epoll_pwait,
		SYS_rt_sigtimedwait,
		SYS_semop,
		SYS_semtimedop,
		SYS_io_getevents,
		SYS_accept,
		SYS_accept4,
		SYS_connect,
		SYS_recvfrom,
		SYS_recvmsg,
		SYS_recvmmsg,
		SYS_sendto,
		SYS_sendmsg,
		SYS_sendmmsg,
#ifdef SYS_epoll_pwait2
		SYS_epoll_pwait2,
#endif
#ifdef SYS_io_pgetevents
		SYS_io_pgetevents,
#endif
#ifdef SYS_io_uring_enter
		SYS_io_uring_enter,
#endif
	};

	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		if (nr == calls[i])
			return true;
	return false;
}

static void read_sleep(struct run *r, pid_t tid, struct procsyscall *ret)
{
	char text[256];

	if (!facts_text(r, tid, "syscall", text, sizeof(text)) || procsyscall_parse(ret, text))
		*ret = (struct procsyscall){ .asleep = false };
}

/* On x86-64 glibc keeps the list's head in the same record as the TLS base, whose first word is its own address. */
static taddr base_by_robust_list(struct run *r, pid_t tid, taddr head)
{
	uint64_t words[STACK_RECORD_ABOVE / 8];

	if (head < sizeof(words))
		return 0;
	taddr from = (head & ~7ULL) - sizeof(words) + 8;
	ssize_t n = r->k->read_mem(r->k->ctx, tid, from, words, sizeof(words));
	if (n == (ssize_t)sizeof(words))
		return stack_record_base(words, ARRAY_SIZE(words), from);
	/*
	 * The record may begin at its mapping's start, as in the first thread of a static program: from that page on,
	 * then.
	 */
	from = page_down(head, kernel_page(r->k));
	if (head - from >= sizeof(words)) /* it was in the same page before, and could not be read */
		return 0;
	n = r->k->read_mem(r->k->ctx, tid, from, words, (size_t)(head - from) & ~7ULL);
	return n > 0 ? stack_record_base(words, (size_t)n / 8, from) : 0;
}

static void read_robust(struct run *r, pid_t tid, struct glance *g)
{
	g->robust_known = r->k->robust_list(r->k->ctx, tid, &g->robust_head) == 0;
	if (!g->robust_known)
		g->robust_head = 0;
}

static void read_base(struct run *r, const struct tracee *t, struct glance *g)
{
	const struct abi *native = abi_native();

	read_robust(r, t->tid, g);
	if (!native || native->word != 8 || !g->robust_head)
		return;
	if (native->tp_points_to_itself)
		g->tp = base_by_robust_list(r, t->tid, g->robust_head);
	else if (r->creators)
		g->tp = creators_base(r->creators, (struct task_ids){ t->tid, t->tgid }, g->robust_head);
}

void birth_see(struct run *r, const struct tracee *t, const char *why, struct glance *ret)
{
	*ret = (struct glance){ .not_stopped = why };
	ret->stat_known = facts_stat(r, t->tid, &ret->stat);
	if (!ret->stat_known)
		return;
	read_sleep(r, t->tid, &ret->call);
	read_base(r, t, ret);
}

bool birth_glance(struct run *r, const struct tracee *t, struct glance *ret)
{
	*ret = (struct glance){ .not_stopped = "it sleeps in the kernel and was not stopped to be asked" };
	ret->stat_known = facts_stat(r, t->tid, &ret->stat);
	if (!ret->stat_known || (ret->stat.state != 'S' && ret->stat.state != 'D'))
		return false;
	read_sleep(r, t->tid, &ret->call);
	if (!ret->call.asleep)
		return false;
	read_base(r, t, ret);
	return ret->tp || ret->stat.state == 'D' || is_fragile(ret->call.nr);
}

/* ---- what can be read ---- */

static void read_registers(struct run *r, const struct tracee *t, const struct glance *g, struct birth_facts *f)
{
	struct regs regs;
	const struct abi *abi;

	if (g) {
		f->regs_known = g->call.asleep;
		f->sp = g->call.sp;
		f->pc = g->call.pc;
		f->tp = g->tp;
		f->tp_known = g->tp != 0;
	} else if (facts_regs(r, t->tid, &regs, &abi) == 0) {
		f->regs_known = true;
		f->sp = regs.sp;
		f->pc = regs.pc;
		f->tp = regs.tp;
		f->tp_known = regs.tp_known;
	}
}

static void read_account(struct run *r, const struct tracee *t, struct seen *w)
{
	uint64_t now = r->k->boot_ns(r->k->ctx), born;
	struct census_account account;
	char text[128];

	if (w->stat.start_ticks) {
		born = w->stat.start_ticks * (1000000000U / PROCSTAT_HZ);
		w->facts.age_known = true;
		w->facts.age_ns = now > born ? now - born : 0;
	}
	w->facts.cpu_known = facts_text(r, t->tid, "schedstat", text, sizeof(text)) &&
		census_take_schedstat(&account, text);
	if (w->facts.cpu_known)
		w->facts.used = (struct task_account){ account.cpu_ns, account.wait_ns, account.turns };
}

/* Where the TLS base can't be found in memory, the head of the robust list, in the same record, leads to the stack. */
static taddr record_near(const struct glance *g, const struct birth_facts *f)
{
	const struct abi *native = abi_native();

	if (f->tp_known)
		return f->tp;
	return g && native && !native->tp_points_to_itself && native->word == 8 ? g->robust_head & ~7ULL : 0;
}

static void read_record(struct run *r, const struct tracee *t, taddr near, struct stack_record *ret)
{
	uint64_t words[RECORD_WORDS];

	if (near < STACK_RECORD_BELOW)
		return;
	ssize_t n = r->k->read_mem(r->k->ctx, t->tid, near - STACK_RECORD_BELOW, words, sizeof(words));
	if (n <= 0) /* nothing is mapped below it */
		n = r->k->read_mem(r->k->ctx, t->tid, near & ~7ULL, words, STACK_RECORD_ABOVE);
	if (n > 0)
		stack_record_find(ret, words, (size_t)n / 8, near);
}

static void read_stack(struct run *r, const struct tracee *t, struct seen *w)
{
	struct birth_facts *f = &w->birth;
	struct touched touched;
	bool first = t->tid == t->tgid;
	if (!stack_record_fits(&w->record, f, first))
		w->record = (struct stack_record){ .found = false };
	taddr probe = stack_attached_probe(f, &w->record, first, w->facts.libc);

	f->at_sp_known = probe && facts_vma(r, t, probe, &f->at_sp) == 0;
	f->below_known = f->at_sp_known && f->at_sp.low && facts_vma(r, t, f->at_sp.low - 1, &f->below_sp) == 0;
	if (w->record.found)
		facts_madv_guard(r, t, w->record.low, w->record.high, f);
	stack_attached_find(&w->stack, f, &w->record, w->facts.libc);
	if (w->stack.kind == STACK_MAIN) {
		uint64_t limit = facts_stack_limit(r, t->tid);
		w->stack.low = limit && limit < w->stack.high ? w->stack.high - limit : w->stack.low;
	}
	facts_area_touched(r, t, &w->stack, &touched);
	w->stack.touched_known = touched.known && touched.lowest <= w->stack.high;
	w->stack.touched = w->stack.touched_known ? w->stack.high - touched.lowest : 0;
}

static void read_registrations(struct run *r, const struct tracee *t, const struct glance *g, struct seen *w)
{
	struct glance own = { .tp = 0 };

	if (!g)
		read_robust(r, t->tid, &own);
	w->facts.robust_known = g ? g->robust_known : own.robust_known;
	w->facts.robust_head = g ? g->robust_head : own.robust_head;
	if (g)
		w->facts.not_stopped = g->not_stopped;
	else
		w->facts.rseq_known = r->k->rseq(r->k->ctx, t->tid, &w->facts.rseq) == 0;
}

/* "NSpid:  4126  7": its number in each pid namespace from thrtrace's down to its own. */
static pid_t tid_inside(struct run *r, pid_t tid)
{
	char text[PROC_TEXT];
	const char *line = facts_text(r, tid, "status", text, sizeof(text)) ? strstr(text, "\nNSpid:") : NULL;
	long last = 0, n = 0;

	for (char *at = line ? (char *)(uintptr_t)line + 7 : NULL, *end; at && *at && *at != '\n'; at = end, n++) {
		last = strtol(at, &end, 10);
		if (end == at)
			break;
	}
	return n > 1 ? (pid_t)last : 0;
}

static void read_all(
	struct run *r, const struct tracee *t, enum attached_how how, const struct glance *g, struct seen *w)
{
	const struct attached_process *p = attached_process_of(r, t->tgid);

	w->facts.libc = p ? p->libc : LIBC_UNKNOWN;
	if (how == ATTACHED_GONE)
		return;
	if (g)
		w->stat = g->stat;
	if (g || facts_stat(r, t->tid, &w->stat))
		read_account(r, t, w);
	if (p && p->other_pid_ns)
		w->birth.tid_inside = tid_inside(r, t->tid);
	if (how == ATTACHED_ZOMBIE)
		return;
	read_registers(r, t, g, &w->birth);
	read_record(r, t, record_near(g, &w->birth), &w->record);
	read_stack(r, t, w);
	read_registrations(r, t, g, w);
	if (r->creators && t->tid != t->tgid)
		creators_started(r->creators, (struct task_ids){ t->tid, t->tgid },
			&(struct start_asked){
				.tp = w->birth.tp_known ? w->birth.tp : 0, .musl_top = w->record.musl_top },
			&w->start);
}

/* The end of a leader that was gone before thrtrace came; told when the last thread of its process ends. */
static void read_end(struct tracee *t, const struct procstat *stat)
{
	t->end = (struct ev_end){ .how = END_UNSEEN, .before = true };
	if (!stat->exit_code_known)
		return;
	t->end.how = stat->exit_code & 0x7f ? END_SIGNAL : END_EXIT;
	t->end.sig = stat->exit_code & 0x7f;
	t->end.status = stat->exit_code >> 8 & 0xff;
}

void birth_attached(struct run *r, struct tracee *t, enum attached_how how, const struct glance *g)
{
	struct seen w = { .stat.state = 0 };
	const struct task *task = t->reserved ? model_task_new_as(r->tell.model, t->reserved, t->tid, t->tgid) :
						model_task_new(r->tell.model, t->tid, t->tgid, NULL);

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	uint64_t t_ns = run_now(r); /* its account is read later */
	t->serial = task->id.serial;
	w.start.unknown = "it was gone before that could be read";
	read_all(r, t, how, g, &w);
	w.facts.zombie = how == ATTACHED_ZOMBIE;
	w.facts.stack = &w.stack;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = t_ns,
		.u.birth = { .kind = BIRTH_ATTACHED,
			.followed = true,
			.comm = w.stat.comm,
			.facts = w.birth,
			.attached = &w.facts,
			.start = r->creators && t->tid != t->tgid && how < ATTACHED_ZOMBIE ? &w.start : NULL },
	};
	run_tell(r, &ev, true);
	if (how != ATTACHED_ZOMBIE)
		return;
	read_end(t, &w.stat);
	struct event left = { .kind = EV_LEADER_EXIT, .task = task, .u.end = t->end };
	run_tell(r, &left, false);
}

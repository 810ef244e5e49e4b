/* SPDX-License-Identifier: MIT */
/* Which report comes next, and what happens between reports. */
#include "fakekernel_impl.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

/* ---- waiting ---- */

static bool is_death(const struct item *i)
{
	return (i->wstatus & 0xff) != 0x7f;
}

static bool gone_before(const struct fake *f, pid_t tid)
{
	for (size_t n = 0; n < f->n_items; n++)
		if (f->item[n].what == GONE && f->item[n].tid == tid)
			return true;
	return false;
}

static void report(struct fake *f, const struct item *i, struct kstatus *ret)
{
	struct ftask *t = fake_task(f, i->tid);

	f->clock += f->tick;
	*ret = (struct kstatus){ .tid = i->tid, .wstatus = i->wstatus, .t_ns = f->clock };
	if (t->state == DEAD) { /* the tid has a new owner */
		t->dying = t->exit_seen = t->announced = t->left_exiting = false;
		memset(&t->regs, 0, sizeof(t->regs));
	}
	t->unheard = is_death(i);
	t->at = *i;
	t->reported = t->seized = true;
	t->interrupted = t->asleep = false;
	t->state = is_death(i) ? DEAD : STOPPED;
	if (i->has_call && i->call.phase != PHASE_EXIT) {
		t->regs.nr = i->call.nr;
		memcpy(t->regs.arg, i->call.arg, sizeof(t->regs.arg));
	}
	if (fake_event_of(i) == PTRACE_EVENT_EXIT)
		t->exit_seen = true;
	if (fake_event_of(i) == PTRACE_EVENT_EXEC) {
		if ((pid_t)i->msg != i->tid && !gone_before(f, (pid_t)i->msg))
			fake_task(f, (pid_t)i->msg)->state = DEAD; /* without a word */
		t->exit_seen = t->dying = false;
	}
	if (i->child) {
		struct ftask *c = fake_task(f, i->child);
		if (c->state == NEVER || (c->state == DEAD && (c->announced || c->left_exiting))) {
			*c = (struct ftask){ .tid = i->child, .state = RUNS, .comm = c->comm };
			c->regs = t->regs;
		}
		c->announced = true;
		c->seized |= t->seized;
		c->tgid = i->child_tgid;
		c->ppid = t->tgid;
	}
}

/* Who makes this task, by the script; NULL: nobody says. */
const struct ftask *fake_creator_of(struct fake *f, const struct ftask *t)
{
	for (size_t n = 0; n < f->n_items; n++)
		if (f->item[n].child == t->tid && f->item[n].tid != t->tid)
			return fake_task(f, f->item[n].tid);
	return NULL;
}

/* Reports of tasks that an injected SIGKILL has hit, or that their dead creator never made, do not come. */
static bool never_comes(struct fake *f, const struct item *i)
{
	if (i->what != REPORT)
		return false;
	const struct ftask *t = fake_task(f, i->tid), *made_by = fake_creator_of(f, t);
	if (t->detached || (made_by && made_by->detached) || (t->left_exiting && is_death(i)))
		return true;
	if (!f->injected)
		return false;
	if (t->dying || t->state == LEFT || (t->state == DEAD && is_death(i)))
		return true;
	const struct ftask *creator = t->state == NEVER ? fake_creator_of(f, t) : NULL;
	return creator && (creator->dying || creator->state == DEAD || creator->state == NEVER);
}

/* It is stopped; or it is not there yet, and its creator still has to come to that. */
static bool has_to_wait(struct fake *f, const struct item *i)
{
	if (i->what != REPORT)
		return false;
	const struct ftask *t = fake_task(f, i->tid), *creator = t->state == NEVER ? fake_creator_of(f, t) : NULL;
	for (const struct item *o = f->item; creator && o < i; o++)
		if (!o->done && o->what == REPORT && o->tid == creator->tid)
			return true;
	return t->state == STOPPED || (t->state == LISTENS && fake_event_of(i) != EVENT_STOP);
}

/* The next thing to happen. NULL: the script is over; *ret_blocked: it waits for a task to be resumed. */
static struct item *next_item(struct fake *f, bool *ret_blocked)
{
	*ret_blocked = false;
	for (size_t n = 0; n < f->n_items; n++) {
		struct item *i = &f->item[n];
		if (i->done)
			continue;
		if (never_comes(f, i)) {
			i->done = true;
			continue;
		}
		if (!has_to_wait(f, i))
			return i;
		*ret_blocked = true;
		if (!f->injected)
			return NULL;
	}
	return NULL;
}

/* A death that nobody wrote down: of what is left when the script is over, and of what an injected SIGKILL has hit. */
static bool natural_death(struct fake *f, bool dying_only, struct kstatus *ret)
{
	bool busy = false; /* of those that live on, one exits after the other */
	for (size_t n = 0; n < f->n_tasks; n++)
		busy |= f->task[n].state == STOPPED;
	for (size_t n = f->n_tasks; n-- > 0;) {
		struct ftask *t = &f->task[n];
		bool others = false;
		if (t->worker) /* nothing is reported of it */
			continue;
		if ((t->state != RUNS && t->state != LISTENS) || (dying_only && !t->dying) ||
			(busy && t->reported && !t->dying))
			continue;
		for (size_t o = 0; o < f->n_tasks; o++)
			others |= o != n && f->task[o].tgid == t->tgid && t->tid == t->tgid &&
				f->task[o].state != DEAD && f->task[o].state != LEFT && f->task[o].state != NEVER;
		struct item i = { .tid = t->tid };
		if (!t->reported && !t->dying) {
			i.wstatus = 0x7f | SIGTRAP << 8 | EVENT_STOP << 16;
		} else if (!t->exit_seen && !(f->no_exit_stop && t->dying)) {
			i.wstatus = 0x7f | SIGTRAP << 8 | PTRACE_EVENT_EXIT << 16;
			i.msg = t->dying ? SIGKILL : 0;
			t->regs.nr = (uint64_t)call_nr(abi_native(), CALL_exit);
		} else if (others) {
			continue; /* the leader's last word comes last */
		} else {
			i.wstatus = t->dying ? SIGKILL : 0;
		}
		report(f, &i, ret);
		return true;
	}
	return false;
}

static int nothing_comes(struct fake *f, uint64_t timeout_ns)
{
	const struct ftask *rests = NULL;

	for (size_t n = 0; n < f->n_tasks; n++)
		if (f->task[n].state == STOPPED || f->task[n].state == RUNS || f->task[n].state == LISTENS)
			rests = &f->task[n];
	if (!rests)
		return -ECHILD;
	if (timeout_ns == 0)
		return 0;
	if (timeout_ns == UINT64_MAX || ++f->idle > 400) {
		fake_broken(f, "%d rests in a stop (status %#x), and the tracer waits for ever", rests->tid,
			(unsigned)rests->at.wstatus);
		return -ENODATA;
	}
	f->clock += timeout_ns;
	return 0;
}

/* 1 when time has passed over the pause. */
static int over_pause(struct fake *f, struct item *i, uint64_t timeout_ns)
{
	if (timeout_ns < i->ns) {
		i->ns -= timeout_ns;
		f->clock += timeout_ns;
		return 0;
	}
	f->clock += i->ns;
	i->done = true;
	return 1;
}

/* PTRACE_INTERRUPT: the task stops, and in group-stop it says so once more. */
static bool interrupt_stop(struct fake *f, struct kstatus *ret)
{
	for (size_t n = 0; n < f->n_tasks; n++) {
		struct ftask *t = &f->task[n];
		if (!t->interrupted || t->state != RUNS || t->dying)
			continue;
		struct item i = { .tid = t->tid, .wstatus = 0x7f | SIGTRAP << 8 | EVENT_STOP << 16 };
		report(f, &i, ret);
		return true;
	}
	return false;
}

/* What happens without a report. */
static void between(struct fake *f, const struct item *i)
{
	struct ftask *t = i->tid ? fake_task(f, i->tid) : NULL;

	if (i->what == SLOW)
		f->tick = i->ns;
	else if (i->what == DIES)
		fake_dies(t);
	else if (i->what == GONE)
		t->state = DEAD;
	else if (i->what == OUTSIDE && t->state == NEVER)
		t->state = LEFT;
	else if (i->what == REGISTERS) {
		t->regs.nr = i->call.nr;
		memcpy(t->regs.arg, i->call.arg, sizeof(i->call.arg));
	}
}

static int door_wait(void *ctx, struct kstatus *ret, uint64_t timeout_ns)
{
	struct fake *f = ctx;
	bool blocked;

	if (f->asked)
		return -EINTR;
	if (f->next_back < f->n_back) {
		*ret = f->back[f->next_back++];
		return 1;
	}
	if (f->broken[0])
		return -ENODATA; /* nothing else ends a loop that has a filter in a program */
	for (size_t n = 0; n < f->n_tasks; n++)
		f->task[n].unheard &= !f->batch_over;
	f->batch_over = true;
	for (;;) {
		if (f->inject && !f->injected && f->kill_at_item < f->n_items && f->item[f->kill_at_item].done)
			fake_kill_process(f, f->kill_tgid);
		struct item *i = next_item(f, &blocked);
		if ((!i || i->what == PAUSE) && interrupt_stop(f, ret)) {
			f->batch_over = false;
			return 1;
		}
		bool now = f->injected && (f->soon || (!i && timeout_ns));
		if ((now && natural_death(f, true, ret)) || (!i && !blocked && natural_death(f, false, ret))) {
			f->batch_over = false;
			return 1;
		}
		if (!i)
			return nothing_comes(f, timeout_ns);
		if (i->what == PAUSE) {
			if (!over_pause(f, i, timeout_ns))
				return 0;
			continue;
		}
		i->done = true;
		f->idle = 0;
		if (i->what == REPORT) {
			report(f, i, ret);
			f->batch_over = false;
			return 1;
		}
		if (i->what == ASKS) {
			f->asked = i->sig;
			return -EINTR;
		}
		between(f, i);
	}
}

static int door_asked(void *ctx)
{
	struct fake *f = ctx;
	int sig = f->asked;

	f->asked = 0;
	return sig;
}

static int door_kill(void *ctx, pid_t tgid, int sig)
{
	struct fake *f = ctx;

	f->sent = sig;
	return fake_there(f, tgid, "kill");
}

static int door_put_back(void *ctx, const struct kstatus *ks)
{
	struct fake *f = ctx;

	if (f->n_back == ARRAY_SIZE(f->back))
		return -ENOMEM;
	f->back[f->n_back++] = *ks;
	return 0;
}

void fake_wait_door(struct kernel *k)
{
	k->put_back = door_put_back;
	k->wait = door_wait;
	k->asked = door_asked;
	k->kill = door_kill;
}

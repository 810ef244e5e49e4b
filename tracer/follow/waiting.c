/* SPDX-License-Identifier: MIT */
#include "follow/waiting.h"

#include <linux/futex.h>
#include <linux/sched.h>

#include <thrtrace/findings.h>
#include <thrtrace/procstat.h>

#include "follow/facts.h"

/* A wait on addr for the end of on, as far as it is odd. */
static struct odd_wait wait_for(const struct task *on, taddr addr, uint32_t op)
{
	const struct call_clone *born = &on->born;

	return (struct odd_wait){
		.addr = addr, .private_futex = op & FUTEX_PRIVATE_FLAG, .label = on->label,
		.ended = on->life == TASK_DEAD, .clear_tid = on->clear_tid,
		.named = {
			born->flags & CLONE_PARENT_SETTID ? born->parent_tid : 0,
			born->flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID) ? born->child_tid : 0,
		},
	};
}

static bool is_wait(uint32_t op)
{
	uint32_t cmd = op & FUTEX_CMD_MASK_;

	return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET;
}

static void tell(struct run *r, const struct task *waiter, const struct odd_wait *w)
{
	struct event ev = { .kind = EV_ODDITY, .task = waiter, .u.oddity = { .kind = ODD_WAIT, .wait = *w } };

	run_tell(r, &ev, true);
}

static void remember(struct run *r, const struct task *waiter, const struct task *on, taddr addr)
{
	r->vain[r->n_vain++ % VAIN_WAITS] = (struct vain_wait){ waiter->id.serial, on->label, on->tgid, on->id.tid,
		addr };
}

/* The word is read once more: when it holds another value by now, the wait returns at once. */
void waiting_entered(struct run *r, const struct tracee *t, const struct task *task)
{
	const struct task *on = model_last_by_tid(r->tell.model, (pid_t)(uint32_t)t->call.arg[2]);
	uint32_t op = (uint32_t)t->call.arg[1], now;

	if (!on || on == task || on->tgid != task->tgid || !is_wait(op))
		return;
	struct odd_wait w = wait_for(on, t->call.arg[0], op);
	if (!wait_is_in_vain(&w))
		return;
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);
	if (mem_u32(&mem, w.addr, &now) == 0 && now == (uint32_t)t->call.arg[2]) {
		tell(r, task, &w);
		remember(r, task, on, w.addr);
	}
}

/* ---- private waits ---- */

/* A C library's word lies in its record of the thread, around the TLS base. Nobody else waits on that. */
#define RECORD_BYTES 4096

static bool has_own_word(const struct run *r, const struct task *task)
{
	if (!task->clear_tid || !task->thread || model_libc(r->tell.model, task) == LIBC_MUSL)
		return false;
	taddr low = task->tls > RECORD_BYTES ? task->tls - RECORD_BYTES : 0;
	return !task->tls_known || task->clear_tid < low || task->clear_tid >= task->tls + RECORD_BYTES;
}

/* The futex(2) in which a task sleeps, where it is a wait. */
static bool sleeps_in_wait(struct run *r, const struct task *who, struct procsyscall *ret)
{
	char text[256];

	return facts_text(r, who->id.tid, "syscall", text, sizeof(text)) && procsyscall_parse(ret, text) == 0 &&
		ret->asleep && ret->nr >= 0 && call_by_nr(abi_native(), (uint64_t)ret->nr) == CALL_futex &&
		is_wait((uint32_t)ret->arg[1]);
}

/* In a wait on addr: with these bits of the operation. */
static bool waits_on(struct run *r, const struct task *who, taddr addr, uint32_t bits)
{
	struct procsyscall s;

	return sleeps_in_wait(r, who, &s) && s.arg[0] == addr && (s.arg[1] & bits) == bits;
}

/* So many tasks are looked at: who makes threads by himself makes few. */
#define LOOKED_AT 64

/* The next of those that live beside task in its process, after the one of that serial; NULL. */
static const struct task *next_beside(const struct run *r, const struct task *task, uint32_t after)
{
	const struct task *o = model_next(r->tell.model, after);

	while (o && (o == task || o->tgid != task->tgid || o->life != TASK_LIVE || !o->followed))
		o = model_next(r->tell.model, o->id.serial);
	return o;
}

void waiting_at_exit(struct run *r, const struct task *task)
{
	unsigned n = 0;

	if (!has_own_word(r, task))
		return;
	for (const struct task *o = next_beside(r, task, 0); o && n < LOOKED_AT;
		o = next_beside(r, task, o->id.serial), n++) {
		struct odd_wait w = wait_for(task, task->clear_tid, FUTEX_PRIVATE_FLAG);
		if (waits_on(r, o, task->clear_tid, FUTEX_PRIVATE_FLAG) && wait_is_in_vain(&w))
			tell(r, o, &w);
	}
}

/* ---- numbers that are used again ---- */

static void tell_reused(struct run *r, const struct task *task, uint32_t former, uint32_t waiter, taddr addr)
{
	struct event ev = {
		.kind = EV_ODDITY, .task = task, .u.oddity = { .kind = ODD_REUSED, .reused = { former, waiter, addr } }
	};

	run_tell(r, &ev, true);
}

/* --light stops at no wait: whoever sleeps in one by now is found when the number comes again, which is rare. */
static void look_for_waiters(struct run *r, const struct task *task)
{
	const struct task *former = r->asks_harm && r->asked.mode == MODE_LIGHT ?
		model_dead_by_tid(r->tell.model, task->id.tid) :
		NULL;
	struct procsyscall s;
	unsigned n = 0;

	if (!former || former->tgid != task->tgid)
		return;
	for (const struct task *o = next_beside(r, task, 0); o && n < LOOKED_AT;
		o = next_beside(r, task, o->id.serial), n++) {
		if (!sleeps_in_wait(r, o, &s) || (pid_t)s.arg[2] != former->id.tid)
			continue;
		struct odd_wait w = wait_for(former, s.arg[0], (uint32_t)s.arg[1]);
		if (wait_is_in_vain(&w))
			tell_reused(r, task, former->label, o->label, w.addr);
	}
}

void waiting_at_birth(struct run *r, const struct task *task)
{
	look_for_waiters(r, task);
	for (size_t i = 0; i < VAIN_WAITS && i < r->n_vain; i++) {
		struct vain_wait *v = &r->vain[i];
		const struct task *waiter = v->tid == task->id.tid && v->tgid == task->tgid && v->label != task->label ?
			model_by_serial(r->tell.model, v->waiter) :
			NULL;
		if (!waiter || waiter->life != TASK_LIVE || !waits_on(r, waiter, v->addr, 0))
			continue;
		tell_reused(r, task, v->label, waiter->label, v->addr);
		v->tid = 0;
	}
}

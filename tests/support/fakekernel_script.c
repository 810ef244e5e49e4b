/* SPDX-License-Identifier: MIT */
/* What a test says: who is there, what comes in which order, and the facts behind it. */
#include "fakekernel_impl.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

/* ---- who is there before ---- */

void fk_there(struct fake *f, pid_t tid)
{
	struct ftask *t = fake_task(f, tid);

	t->tgid = PROGRAM;
	t->state = RUNS;
	t->reported = true;
}

void fk_zombie(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	fake_task(f, tid)->state = ZOMBIE;
}

void fk_zombie_for_now(struct fake *f, pid_t tid)
{
	fk_zombie(f, tid);
	fake_task(f, tid)->tries = 2;
}

void fk_slow_proc(struct fake *f, uint64_t ns)
{
	f->read_ns = ns;
}

void fk_refuses(struct fake *f, pid_t tid, unsigned times)
{
	fake_task(f, tid)->refusals = times;
}

void fk_hides(struct fake *f, unsigned times)
{
	f->hides = times;
}

void fk_asleep(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	fake_task(f, tid)->asleep = true;
}

void fk_vanishes(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	fake_task(f, tid)->vanishes = true;
}

void fk_born_ours(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	fake_task(f, tid)->seized = true;
	fake_task(f, tid)->reported = false;
}

/* ---- the script ---- */

static struct item *add(struct fake *f, enum what what, pid_t tid, int wstatus)
{
	if (f->n_items == ITEMS)
		abort();
	struct item *i = &f->item[f->n_items++];
	*i = (struct item){ .what = what, .tid = tid, .wstatus = wstatus };
	if (tid)
		(void)fake_task(f, tid);
	return i;
}

void fk_event(struct fake *f, pid_t tid, int event, uint64_t msg)
{
	add(f, REPORT, tid, 0x7f | SIGTRAP << 8 | event << 16)->msg = msg;
}

void fk_start(struct fake *f)
{
	fk_event(f, PROGRAM, PTRACE_EVENT_EXEC, PROGRAM);
	fk_pause(f, 1);
}

void fk_call_args(struct fake *f, pid_t tid, enum call_id id, const uint64_t arg[CALL_ARGS])
{
	int wstatus = f->mode == MODE_FILTER ? 0x7f | SIGTRAP << 8 | PTRACE_EVENT_SECCOMP << 16 :
					       0x7f | (SIGTRAP | 0x80) << 8;
	struct item *i = add(f, f->mode == MODE_LIGHT ? REGISTERS : REPORT, tid, wstatus);

	i->has_call = true;
	i->call.phase = f->mode == MODE_FILTER ? PHASE_SECCOMP : PHASE_ENTRY;
	i->call.nr = (uint64_t)call_nr(abi_native(), id);
	memcpy(i->call.arg, arg, sizeof(i->call.arg));
}

void fk_return(struct fake *f, pid_t tid, int64_t result)
{
	struct item *i = add(f, REPORT, tid, 0x7f | (SIGTRAP | 0x80) << 8);

	i->has_call = true;
	i->call = (struct syscall_stop){ .phase = PHASE_EXIT, .result = result };
}

void fk_foreign(struct fake *f)
{
	f->item[f->n_items - 1].call.foreign = true;
}

void fk_clone(struct fake *f, pid_t tid, uint64_t flags, taddr stack)
{
	uint64_t arg[CALL_ARGS] = { 0 };

	arg[abi_native()->clone_arg[CLONE_SLOT_FLAGS]] = flags;
	arg[abi_native()->clone_arg[CLONE_SLOT_STACK]] = stack;
	arg[abi_native()->clone_arg[CLONE_SLOT_CTID]] = stack ? FK_WORD(stack) : 0;
	fk_call_args(f, tid, CALL_clone, arg);
}

void fk_created(struct fake *f, pid_t tid, int event, pid_t child, pid_t tgid)
{
	fk_event(f, tid, event, (uint64_t)child);
	f->item[f->n_items - 1].child = child;
	f->item[f->n_items - 1].child_tgid = tgid;
	fk_task(f, child, tgid, tid);
}

void fk_trap(struct fake *f, pid_t tid)
{
	fk_event(f, tid, EVENT_STOP, 0);
}

void fk_exec(struct fake *f, pid_t tid, pid_t former)
{
	fk_event(f, tid, PTRACE_EVENT_EXEC, (uint64_t)former);
}

void fk_exit_stop(struct fake *f, pid_t tid, int wstatus)
{
	fk_event(f, tid, PTRACE_EVENT_EXIT, (uint64_t)wstatus);
}

void fk_exits(struct fake *f, pid_t tid, int code)
{
	fk_call(f, tid, CALL_exit, (uint64_t)code);
	fk_exit_stop(f, tid, code << 8);
}

void fk_exited(struct fake *f, pid_t tid, int code)
{
	add(f, REPORT, tid, code << 8);
}

void fk_killed(struct fake *f, pid_t tid, int sig)
{
	add(f, REPORT, tid, sig);
}

void fk_signal(struct fake *f, pid_t tid, int sig)
{
	add(f, REPORT, tid, 0x7f | sig << 8)->sig = sig;
}

void fk_group_stop(struct fake *f, pid_t tid, int sig)
{
	add(f, REPORT, tid, 0x7f | sig << 8 | EVENT_STOP << 16)->sig = sig;
}

void fk_pause(struct fake *f, uint64_t ns)
{
	add(f, PAUSE, 0, 0)->ns = ns;
}

void fk_dies(struct fake *f, pid_t tid)
{
	add(f, DIES, tid, 0);
}

void fk_outside(struct fake *f, pid_t tid)
{
	add(f, OUTSIDE, tid, 0);
}

void fk_gone(struct fake *f, pid_t tid)
{
	add(f, GONE, tid, 0);
}

void fk_slow(struct fake *f, uint64_t ns)
{
	add(f, SLOW, 0, 0)->ns = ns;
}

void fk_asks(struct fake *f, int sig)
{
	add(f, ASKS, 0, 0)->sig = sig;
}

void fk_task(struct fake *f, pid_t tid, pid_t tgid, pid_t ppid)
{
	fake_task(f, tid)->tgid = tgid;
	fake_task(f, tid)->ppid = ppid;
}

void fk_io_worker(struct fake *f, pid_t tid, const char *name, unsigned unnamed)
{
	fk_there(f, tid);
	fake_task(f, tid)->worker = name;
	fake_task(f, tid)->unnamed = unnamed;
}

void fk_comm(struct fake *f, pid_t tid, const char *comm)
{
	fake_task(f, tid)->comm = comm;
}

void fk_tls(struct fake *f, pid_t tid, taddr tp)
{
	fake_task(f, tid)->regs.tp = tp;
}

struct fakemem *fk_memory(struct fake *f)
{
	return &f->memory;
}

void fk_vma(struct fake *f, taddr low, taddr high, uint32_t prot)
{
	if (f->n_vmas == VMAS)
		abort();
	f->vma[f->n_vmas].low = low;
	f->vma[f->n_vmas].high = high;
	f->vma[f->n_vmas++].prot = prot;
}

void fk_libc(struct fake *f, enum libc_kind libc)
{
	f->libc = libc;
}

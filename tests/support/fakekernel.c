/* SPDX-License-Identifier: MIT */
#include "fakekernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "follow/attach.h"
#include "follow/detach.h"
#include "follow/handlers.h"
#include "kernel/program.h"
#include "recorder.h"
#include <thrtrace/choice.h>

#define EVENT_STOP 128 /* PTRACE_EVENT_STOP, which glibc declares in an enum since 2.37 only */
#define ITEMS      256
#define TASKS      64
#define VMAS       16
#define RESUMES    64

enum what { REPORT, REGISTERS, PAUSE, DIES, OUTSIDE, GONE, SLOW, ASKS };

struct item {
	enum what what;
	pid_t tid;
	int wstatus;
	uint64_t msg;
	bool has_call;
	struct syscall_stop call;
	pid_t child, child_tgid; /* a creation event's */
	uint64_t ns;
	int sig;
	bool done;
};

enum state { NEVER, RUNS, STOPPED, LISTENS, DEAD, LEFT, ZOMBIE };

struct ftask {
	pid_t tid, tgid, ppid;
	enum state state;
	bool dying;     /* SIGKILL is on it */
	bool exit_seen; /* its exit stop was reported */
	bool detached;  /* let go by the tracer: nothing more comes of it */
	bool reported;
	bool seized;      /* -p: by PTRACE_SEIZE, or at its birth by a creator that was */
	bool interrupted; /* it stops at once, unless it reports something else before */
	bool asleep, vanishes;
	unsigned refusals; /* to be seized, before it can be */
	unsigned tries;    /* ZOMBIE: it lives again at this try to seize it; 0 never */
	bool announced;    /* its creator's event was reported */
	struct item at;    /* its last report */
	bool unheard; /* its death was fetched with the batch at hand: who is asked for an earlier report can't know */
	struct regs regs;
	char resumes[RESUMES * 8];
};

struct fake {
	struct kernel k;
	struct run run;
	struct attach attach;
	struct recorder recorder;
	enum trace_mode mode;
	struct item item[ITEMS];
	size_t n_items;
	struct ftask task[TASKS];
	size_t n_tasks;
	struct fakemem memory;
	unsigned hides; /* so many times there is no list of tasks */
	struct {
		taddr low, high;
		uint32_t prot;
	} vma[VMAS];
	size_t n_vmas;
	enum libc_kind libc;
	uint64_t clock, tick;
	unsigned idle; /* waits in a row that nothing came of */
	int asked, sent;
	bool batch_over; /* the batch has ended, or a request was made: the next wait begins another one */
	/* The injected kill. */
	bool inject, injected, soon, no_exit_stop;
	size_t kill_at_item;
	pid_t kill_tgid;
	size_t kill_at_request, requests;
	char broken[512];
};

static void broken(struct fake *f, const char *fmt, ...) THR_PRINTF(2, 3);
static void broken(struct fake *f, const char *fmt, ...)
{
	va_list ap;

	if (f->broken[0])
		return;
	va_start(ap, fmt);
	vsnprintf(f->broken, sizeof(f->broken), fmt, ap);
	va_end(ap);
}

static struct ftask *task(struct fake *f, pid_t tid)
{
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].tid == tid)
			return &f->task[i];
	if (f->n_tasks == TASKS)
		abort();
	f->task[f->n_tasks] = (struct ftask){ .tid = tid, .tgid = tid, .ppid = 1 };
	return &f->task[f->n_tasks++];
}

/* ---- SIGKILL ---- */

static void dies(struct ftask *t)
{
	if (t->state == DEAD || t->state == LEFT)
		return;
	t->dying = true;
	/* Nothing but a resume ends an exit stop. */
	if ((t->state == STOPPED && !t->exit_seen) || t->state == LISTENS)
		t->state = RUNS;
}

static void kill_process(struct fake *f, pid_t tgid)
{
	f->injected = true;
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].tgid == tgid && f->task[i].state != NEVER)
			dies(&f->task[i]);
}

/* The request to a task that must be in a stop: 0, or -ESRCH when it has been killed out of it. */
static int stopped(struct fake *f, pid_t tid, const char *what)
{
	static const char *const states[] = { "not there yet", "running", "stopped", "listening", "dead", "let go",
		"a zombie" };
	struct ftask *t = task(f, tid);

	if (f->inject && f->requests++ == f->kill_at_request)
		kill_process(f, t->tgid);
	f->batch_over = true;
	if ((t->dying && t->state == RUNS) || (t->state == DEAD && t->unheard))
		return -ESRCH;
	if (t->state == STOPPED)
		return 0;
	broken(f, "%s is asked of %d, which is %s", what, tid, states[t->state]);
	return -ESRCH;
}

static int there(struct fake *f, pid_t tid, const char *what)
{
	struct ftask *t = task(f, tid);

	f->batch_over = true;
	if ((t->state == DEAD && !t->unheard) || t->state == NEVER)
		broken(f, "%s is asked of %d, which is %s", what, tid, t->state == DEAD ? "dead" : "not there yet");
	return t->state == DEAD || t->state == NEVER ? -ESRCH : 0;
}

/* ---- waiting ---- */

static int event_of(const struct item *i)
{
	return (int)((unsigned)i->wstatus >> 16);
}

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
	struct ftask *t = task(f, i->tid);

	f->clock += f->tick;
	*ret = (struct kstatus){ .tid = i->tid, .wstatus = i->wstatus, .t_ns = f->clock };
	if (t->state == DEAD) { /* the tid has a new owner */
		t->dying = t->exit_seen = t->announced = false;
		memset(&t->regs, 0, sizeof(t->regs));
	}
	t->unheard = is_death(i);
	t->at = *i;
	t->reported = true;
	t->interrupted = t->asleep = false;
	t->state = is_death(i) ? DEAD : STOPPED;
	if (i->has_call && i->call.phase != PHASE_EXIT) {
		t->regs.nr = i->call.nr;
		memcpy(t->regs.arg, i->call.arg, sizeof(t->regs.arg));
	}
	if (event_of(i) == PTRACE_EVENT_EXIT)
		t->exit_seen = true;
	if (event_of(i) == PTRACE_EVENT_EXEC) {
		if ((pid_t)i->msg != i->tid && !gone_before(f, (pid_t)i->msg))
			task(f, (pid_t)i->msg)->state = DEAD; /* without a word */
		t->exit_seen = t->dying = false;
	}
	if (i->child) {
		struct ftask *c = task(f, i->child);
		if (c->state == NEVER || (c->state == DEAD && c->announced)) {
			*c = (struct ftask){ .tid = i->child, .state = RUNS };
			c->regs = t->regs;
		}
		c->announced = true;
		c->tgid = i->child_tgid;
		c->ppid = t->tgid;
	}
}

/* Who makes this task, by the script; NULL: nobody says. */
static const struct ftask *creator_of(struct fake *f, const struct ftask *t)
{
	for (size_t n = 0; n < f->n_items; n++)
		if (f->item[n].child == t->tid && f->item[n].tid != t->tid)
			return task(f, f->item[n].tid);
	return NULL;
}

/* Reports of tasks that an injected SIGKILL has hit, or that their dead creator never made, do not come. */
static bool never_comes(struct fake *f, const struct item *i)
{
	if (i->what != REPORT)
		return false;
	const struct ftask *t = task(f, i->tid), *made_by = creator_of(f, t);
	if (t->detached || (made_by && made_by->detached))
		return true;
	if (!f->injected)
		return false;
	if (t->dying || t->state == LEFT || (t->state == DEAD && is_death(i)))
		return true;
	const struct ftask *creator = t->state == NEVER ? creator_of(f, t) : NULL;
	return creator && (creator->dying || creator->state == DEAD || creator->state == NEVER);
}

/* It is stopped; or it is not there yet, and its creator still has to come to that. */
static bool has_to_wait(struct fake *f, const struct item *i)
{
	if (i->what != REPORT)
		return false;
	const struct ftask *t = task(f, i->tid), *creator = t->state == NEVER ? creator_of(f, t) : NULL;
	for (const struct item *o = f->item; creator && o < i; o++)
		if (!o->done && o->what == REPORT && o->tid == creator->tid)
			return true;
	return t->state == STOPPED || (t->state == LISTENS && event_of(i) != EVENT_STOP);
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
		broken(f, "%d rests in a stop (status %#x), and the tracer waits for ever", rests->tid,
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
	struct ftask *t = i->tid ? task(f, i->tid) : NULL;

	if (i->what == SLOW)
		f->tick = i->ns;
	else if (i->what == DIES)
		dies(t);
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

	if (f->broken[0])
		return -ENODATA; /* nothing else ends a loop that has a filter in a program */
	for (size_t n = 0; n < f->n_tasks; n++)
		f->task[n].unheard &= !f->batch_over;
	f->batch_over = true;
	for (;;) {
		if (f->inject && !f->injected && f->kill_at_item < f->n_items && f->item[f->kill_at_item].done)
			kill_process(f, f->kill_tgid);
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
	return there(f, tgid, "kill");
}

/* ---- requests ---- */

static int door_resume(void *ctx, pid_t tid, enum resume_op op, int sig)
{
	static const char *const ops[] = { "none", "cont", "syscall", "listen", "detach" };
	struct fake *f = ctx;
	struct ftask *t = task(f, tid);
	int err = stopped(f, tid, "resume");
	size_t len = strlen(t->resumes);

	if (err)
		return err;
	bool delivery = event_of(&t->at) == 0 && t->at.sig;
	if (sig != (delivery ? t->at.sig : 0))
		broken(f, "%d is resumed with signal %d, its stop is about %d", tid, sig, t->at.sig);
	bool group = event_of(&t->at) == EVENT_STOP && t->at.sig;
	if ((op == RESUME_LISTEN) != group && op != RESUME_DETACH)
		broken(f, "%d is resumed by %s, and its stop is%s a group-stop", tid, ops[op], group ? "" : " not");
	if (op == RESUME_NONE)
		broken(f, "%d is resumed by nothing", tid);
	const struct ftask *creator = op == RESUME_DETACH && t->announced && !t->dying ? creator_of(f, t) : NULL;
	if (creator && creator->state == RUNS && !creator->dying)
		broken(f, "%d is let go after its creator, which may want to trace it", tid);
	snprintf(t->resumes + len, sizeof(t->resumes) - len, sig ? "%s%s:%d" : "%s%s", len ? " " : "", ops[op], sig);
	t->detached = op == RESUME_DETACH;
	t->state = op == RESUME_DETACH ? LEFT : op == RESUME_LISTEN ? LISTENS : RUNS;
	return 0;
}

static int door_event_msg(void *ctx, pid_t tid, uint64_t *ret)
{
	struct fake *f = ctx;
	int err = stopped(f, tid, "the event message");

	if (!err)
		*ret = task(f, tid)->at.msg;
	return err;
}

static int door_siginfo(void *ctx, pid_t tid, siginfo_t *ret)
{
	struct fake *f = ctx;
	int err = stopped(f, tid, "siginfo");

	memset(ret, 0, sizeof(*ret));
	const struct item *at = &task(f, tid)->at;
	ret->si_signo = at->sig;
	ret->si_code = event_of(at) ? event_of(at) << 8 | SIGTRAP : SI_USER;
	return err;
}

static int door_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret)
{
	struct fake *f = ctx;
	int err = stopped(f, tid, "the call");
	const struct item *i = &task(f, tid)->at;

	*ret = i->has_call ? i->call : (struct syscall_stop){ .phase = PHASE_NONE };
	ret->arch = abi_native()->audit_arch;
	return err;
}

/* Where each register lies is the business of decode/abi/ and its own tests; here a few places of two machines. */
static size_t encode(const struct regs *r, uint64_t raw[34])
{
	static const unsigned x86_arg[6] = { 14, 13, 12, 7, 9, 8 };
	bool x86 = strcmp(abi_native()->name, "x86_64") == 0;

	memset(raw, 0, 34 * sizeof(raw[0]));
	for (unsigned i = 0; i < 6; i++)
		raw[x86 ? x86_arg[i] : i] = r->arg[i];
	raw[x86 ? 15 : 8] = r->nr;
	raw[x86 ? 19 : 31] = r->sp;
	if (x86)
		raw[21] = r->tp;
	return abi_native()->regset_len;
}

static ssize_t door_regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct fake *f = ctx;
	int err = stopped(f, tid, "registers");
	uint64_t raw[34];

	if (err)
		return err;
	if (type == abi_native()->tp_regset) {
		memcpy(buf, &task(f, tid)->regs.tp, sizeof(uint64_t));
		return sizeof(uint64_t);
	}
	size_t len = encode(&task(f, tid)->regs, raw);
	memcpy(buf, raw, len < n ? len : n);
	return (ssize_t)(len < n ? len : n);
}

static ssize_t door_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct fake *f = ctx;
	int err = there(f, tid, "memory");
	struct mem mem = fakemem_mem(&f->memory);

	return err ? err : mem.read(mem.ctx, at, buf, n);
}

/* What is written is not kept: scripts say what memory holds. */
static int door_write_mem(void *ctx, pid_t tid, taddr at, const void *buf, size_t n)
{
	(void)ctx;
	(void)tid;
	(void)at;
	(void)buf;
	(void)n;
	return 0;
}

static int door_set_arg0(void *ctx, pid_t tid, uint32_t arch, uint64_t value)
{
	(void)ctx;
	(void)tid;
	(void)arch;
	(void)value;
	return 0;
}

static ssize_t door_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	struct fake *f = ctx;

	if (tid == getpid()) /* thrtrace's own */
		return -ENOENT;
	const struct ftask *t = task(f, tid);
	char text[256] = "";
	int err = there(f, tid, "/proc");

	if (err)
		return err;
	if (strcmp(name, "status") == 0)
		snprintf(text, sizeof(text), "Tgid:\t%d\nPPid:\t%d\nTracerPid:\t%d\nSigCgt:\t0\nSigIgn:\t0\n", t->tgid,
			t->ppid, t->seized ? getpid() : 0);
	else if ((strcmp(name, "stat") == 0 || strncmp(name, "task/", 5) == 0))
		snprintf(text, sizeof(text),
			"%d (prog) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 50 0 0 0"
			" 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			tid,
			t->state == ZOMBIE          ? 'Z' :
				t->asleep           ? 'S' :
				t->state == STOPPED ? 't' :
						      'R');
	else if (strcmp(name, "comm") == 0)
		snprintf(text, sizeof(text), "prog\n");
	else if (strcmp(name, "limits") == 0)
		snprintf(text, sizeof(text), "Max stack size 8388608 unlimited bytes\n");
	else if (strcmp(name, "syscall") == 0 && t->asleep)
		snprintf(text, sizeof(text), "%d 0x0 0x0 0x0 0x0 0x0 0x0 0x7000 0x4000\n", SYS_epoll_pwait);
	else if (strcmp(name, "syscall") == 0)
		snprintf(text, sizeof(text), "%lld 0x0 0x0\n", (long long)t->regs.nr);
	else
		return -ENOENT;
	size_t len = strlen(text);
	memcpy(buf, text, len < n ? len : n);
	return (ssize_t)(len < n ? len : n);
}

static int door_vma(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	struct fake *f = ctx;
	int err = there(f, tid, "mappings");
	(void)next;

	if (err || task(f, tid)->exit_seen)
		return -ESRCH;
	for (size_t i = 0; i < f->n_vmas; i++)
		if (addr >= f->vma[i].low && addr < f->vma[i].high) {
			*ret = (struct vma){ .low = f->vma[i].low, .high = f->vma[i].high, .prot = f->vma[i].prot };
			return 0;
		}
	return -ENOENT;
}

static int door_lowest_touched(void *ctx, pid_t tid, taddr low, taddr high, taddr *ret)
{
	(void)low;
	*ret = high - 4096;
	return there(ctx, tid, "the page tables");
}

static int door_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret)
{
	(void)low;
	(void)high;
	*ret = 0;
	return there(ctx, tid, "the page tables");
}

static int door_kcmp(void *ctx, pid_t a, pid_t b, int what)
{
	int err = there(ctx, a, "kcmp");
	(void)what;

	return err ? err : there(ctx, b, "kcmp");
}

static int door_in_group(void *ctx, pid_t tgid, pid_t tid)
{
	int err = there(ctx, tid, "the thread group");

	return err ? err : task(ctx, tid)->tgid == tgid;
}

static int door_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret)
{
	(void)name;
	*ret = 1;
	return tid == getpid() ? 0 : there(ctx, tid, "the namespaces");
}

static int door_zero(void *ctx, pid_t tid, taddr *ret)
{
	*ret = 0;
	return there(ctx, tid, "the robust list");
}

static int door_list_tasks(void *ctx, pid_t tgid, pid_t *ret, size_t n)
{
	struct fake *f = ctx;
	int found = 0;

	if (f->hides) {
		f->hides--;
		return -ENOENT;
	}
	for (size_t i = 0; i < f->n_tasks && (size_t)found < n; i++)
		if (f->task[i].tgid == tgid && f->task[i].state != DEAD && f->task[i].state != NEVER)
			ret[found++] = f->task[i].tid;
	return found;
}

static int door_usage(void *ctx, pid_t tid, uint64_t split_from, struct task_usage *ret)
{
	*ret = (struct task_usage){ .cpu_ns = 1000, .turns = 1, .split = split_from <= 1 };
	return there(ctx, tid, "the account");
}

static void door_identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	struct fake *f = ctx;

	*ret = (struct program_facts){ .path = "/prog", .kind = f->libc };
	(void)there(f, tid, "the program");
}

static int door_seize(void *ctx, pid_t tid, uint64_t options)
{
	struct fake *f = ctx;
	struct ftask *t = task(f, tid);

	if (!f->run.attach)
		broken(f, "%d is seized", tid);
	if (options & PTRACE_O_EXITKILL)
		broken(f, "%d is not thrtrace's, and would die with it", tid);
	if (t->vanishes) {
		t->state = DEAD;
		return -ESRCH;
	}
	if (t->state == ZOMBIE && t->tries && --t->tries == 0)
		t->state = RUNS;
	if (t->seized || t->state == ZOMBIE)
		return -EPERM;
	if (t->refusals) {
		t->refusals--;
		return -EPERM;
	}
	t->seized = true;
	return 0;
}

static int door_interrupt(void *ctx, pid_t tid)
{
	struct fake *f = ctx;
	struct ftask *t = task(f, tid);

	if (t->asleep)
		broken(f, "%d is interrupted in a call that fails by it", tid);
	if (!t->seized)
		broken(f, "%d is interrupted and was not seized", tid);
	t->interrupted = true;
	return there(f, tid, "PTRACE_INTERRUPT");
}

static uint64_t door_boot(void *ctx)
{
	const struct fake *f = ctx;

	return f->clock + 1000000000U;
}

static int door_failure(void *ctx, pid_t tid, enum verdict_call call, int err, const struct pids_events *before,
	struct failure_facts *ret)
{
	(void)ctx, (void)tid, (void)call, (void)err, (void)before, (void)ret;
	return -ESRCH;
}

static int door_origin(void *ctx, struct origin *ret)
{
	(void)ctx;
	*ret = (struct origin){ .kernel = "6.18", .version = "0" };
	return 0;
}

static uint64_t door_now(void *ctx)
{
	struct fake *f = ctx;

	return f->clock;
}

/* ---- life ---- */

struct fake *fk_new(enum trace_mode mode)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->mode = mode;
	f->clock = 1000000;
	f->tick = 1000;
	f->libc = LIBC_GLIBC;
	f->kill_at_item = f->kill_at_request = SIZE_MAX;
	f->k = (struct kernel){
		.ctx = f,
		.wait = door_wait,
		.asked = door_asked,
		.kill = door_kill,
		.resume = door_resume,
		.seize = door_seize,
		.interrupt = door_interrupt,
		.event_msg = door_event_msg,
		.siginfo = door_siginfo,
		.syscall_stop = door_syscall_stop,
		.regset = door_regset,
		.read_mem = door_read_mem,
		.write_mem = door_write_mem,
		.set_arg0 = door_set_arg0,
		.read_proc = door_read_proc,
		.vma = door_vma,
		.lowest_touched = door_lowest_touched,
		.guard_pages = door_guard_pages,
		.kcmp = door_kcmp,
		.in_group = door_in_group,
		.ns = door_ns,
		.robust_list = door_zero,
		.rseq = door_zero,
		.list_tasks = door_list_tasks,
		.usage = door_usage,
		.identify = door_identify,
		.failure = door_failure,
		.origin = door_origin,
		.now_ns = door_now,
		.boot_ns = door_boot,
	};
	recorder_init(&f->recorder);
	f->run = (struct run){
		.k = &f->k,
		.asked = { .mode = mode, .prove = PROVE_FIRST },
		.syscall_filter_child = mode == MODE_FILTER,
		.main.tid = PROGRAM,
	};
	const struct view recorded = { .sink = &f->recorder.s, .output.fd = -1 };
	choice_default(&f->run.asked.choice);
	if (telling_add_view(&f->run.tell, &recorded) || run_begin_telling(&f->run, 4096, f->clock) ||
		!tracee_new(&f->run.tracees, PROGRAM, TR_LAUNCHING))
		abort();
	task(f, PROGRAM)->state = RUNS;
	task(f, PROGRAM)->reported = true;
	return f;
}

void fk_attach(struct fake *f)
{
	tracee_free_all(&f->run.tracees);
	f->run.attach = &f->attach;
	f->run.main.tid = 0;
	f->run.syscall_filter_child = false;
}

void fk_there(struct fake *f, pid_t tid)
{
	struct ftask *t = task(f, tid);

	t->tgid = PROGRAM;
	t->state = RUNS;
	t->reported = true;
}

void fk_zombie(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	task(f, tid)->state = ZOMBIE;
}

void fk_zombie_for_now(struct fake *f, pid_t tid)
{
	fk_zombie(f, tid);
	task(f, tid)->tries = 2;
}

void fk_refuses(struct fake *f, pid_t tid, unsigned times)
{
	task(f, tid)->refusals = times;
}

void fk_hides(struct fake *f, unsigned times)
{
	f->hides = times;
}

void fk_asleep(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	task(f, tid)->asleep = true;
}

void fk_vanishes(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	task(f, tid)->vanishes = true;
}

void fk_born_ours(struct fake *f, pid_t tid)
{
	fk_there(f, tid);
	task(f, tid)->seized = true;
	task(f, tid)->reported = false;
}

void fk_free(struct fake *f)
{
	attached_release(&f->attach);
	run_release(&f->run);
	recorder_release(&f->recorder);
	free(f);
}

struct run *fk_run_of(struct fake *f)
{
	return &f->run;
}

/* ---- the script ---- */

static struct item *add(struct fake *f, enum what what, pid_t tid, int wstatus)
{
	if (f->n_items == ITEMS)
		abort();
	struct item *i = &f->item[f->n_items++];
	*i = (struct item){ .what = what, .tid = tid, .wstatus = wstatus };
	if (tid)
		(void)task(f, tid);
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
	task(f, tid)->tgid = tgid;
	task(f, tid)->ppid = ppid;
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

/* ---- running ---- */

/* The first broken promise of a run, "" when all were kept. */
/* thrtrace's thread ends: the kernel lets go of all (kernel/ptrace.c, exit_ptrace). */
static void let_go(struct fake *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		struct ftask *t = &f->task[i];
		if (t->state == STOPPED && event_of(&t->at) == 0 && t->at.sig)
			broken(f, "signal %d of %d is lost: its stop was reported, and it was not resumed", t->at.sig,
				t->tid);
		if (t->state == STOPPED || t->state == LISTENS || t->state == RUNS)
			t->state = LEFT;
	}
	detach_tell(&f->run);
}

static const char *play(struct fake *f, int *ret_err)
{
	*ret_err = 0;
	if (f->run.attach && !f->attach.n && attach_begin(&f->run, (const pid_t[]){ PROGRAM }, 1) == 0)
		broken(f, "nothing was attached to");
	else if (f->run.attach)
		attach_tell(&f->run);
	if (!f->broken[0])
		*ret_err = run_loop(&f->run);
	if (f->run.leaving)
		let_go(f);
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].state == STOPPED || f->task[i].state == LISTENS)
			broken(f, "%d is left stopped", f->task[i].tid);
	if (f->run.tracees.by_tid)
		broken(f, "tracee %d is still remembered, state %d", f->run.tracees.by_tid->tid,
			f->run.tracees.by_tid->state);
	if (f->run.tracees.holding || f->run.tracees.early || f->run.tracees.n_creating || f->run.tracees.n_execs ||
		f->run.ends.n_late)
		broken(f, "lists and counters are off: %s early, %s held, %zu creating, %zu in execve, %zu late",
			f->run.tracees.early ? "some" : "none", f->run.tracees.holding ? "some" : "none",
			f->run.tracees.n_creating, f->run.tracees.n_execs, f->run.ends.n_late);
	if (model_counts(f->run.tell.model).live)
		broken(f, "%llu tasks live on in the model", (unsigned long long)model_counts(f->run.tell.model).live);
	recorder_finish(&f->recorder);
	return f->broken[0] ? f->broken : f->recorder.broken;
}

int fk_run(struct fake *f)
{
	int err;
	const char *what = play(f, &err);

	if (what[0])
		fail_msg("%s\nthe story so far:\n%s", what, fk_story(f));
	return err;
}

const char *fk_story(const struct fake *f)
{
	return outbuf_str(&f->recorder.story);
}

const char *fk_resumes(struct fake *f, pid_t tid)
{
	return task(f, tid)->resumes;
}

int fk_sent(const struct fake *f)
{
	return f->sent;
}

/* One run with one kill. False when the kill never came about. */
static bool play_killed(enum trace_mode mode, void (*scenario)(struct fake *f), size_t item, size_t victim,
	size_t request, unsigned variant)
{
	struct fake *f = fk_new(mode);
	int err;

	scenario(f);
	f->inject = true;
	f->soon = variant & 1;
	f->no_exit_stop = variant & 2;
	f->kill_at_item = item;
	f->kill_at_request = request;
	bool whose = victim < f->n_tasks && f->task[victim].tgid == f->task[victim].tid;
	f->kill_tgid = whose ? f->task[victim].tgid : 0;
	if (item != SIZE_MAX && !whose) {
		fk_free(f);
		return false;
	}
	const char *what = play(f, &err);
	if (what[0])
		fail_msg("SIGKILL for %d after item %zd, or at request %zd, variant %u: %s\nthe story so far:\n%s",
			f->kill_tgid, (ssize_t)item, (ssize_t)request, variant, what, fk_story(f));
	bool came = f->injected;
	fk_free(f);
	return item != SIZE_MAX || came;
}

void fk_kill_everywhere(enum trace_mode mode, void (*scenario)(struct fake *f))
{
	struct fake *f = fk_new(mode);
	scenario(f);
	size_t items = f->n_items, tasks = f->n_tasks;
	fk_free(f);
	for (unsigned variant = 0; variant < 4; variant++) {
		for (size_t item = 0; item < items; item++)
			for (size_t victim = 0; victim < tasks; victim++)
				(void)play_killed(mode, scenario, item, victim, SIZE_MAX, variant);
		for (size_t request = 0; play_killed(mode, scenario, SIZE_MAX, 0, request, variant); request++)
			;
	}
}

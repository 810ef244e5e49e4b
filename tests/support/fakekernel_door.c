/* SPDX-License-Identifier: MIT */
/* What the tracer asks of tasks, and does to them. */
#include "fakekernel_impl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/program.h"

/* ---- requests ---- */

static int door_resume(void *ctx, pid_t tid, enum resume_op op, int sig)
{
	static const char *const ops[] = { "none", "cont", "syscall", "listen", "detach" };
	struct fake *f = ctx;
	struct ftask *t = fake_task(f, tid);
	int err = fake_stopped(f, tid, "resume");
	size_t len = strlen(t->resumes);

	if (err)
		return err;
	bool delivery = fake_event_of(&t->at) == 0 && t->at.sig;
	if (sig != (delivery ? t->at.sig : 0))
		fake_broken(f, "%d is resumed with signal %d, its stop is about %d", tid, sig, t->at.sig);
	bool group = fake_event_of(&t->at) == EVENT_STOP && t->at.sig;
	if ((op == RESUME_LISTEN) != group && op != RESUME_DETACH)
		fake_broken(
			f, "%d is resumed by %s, and its stop is%s a group-stop", tid, ops[op], group ? "" : " not");
	if (op == RESUME_NONE)
		fake_broken(f, "%d is resumed by nothing", tid);
	bool ends = op == RESUME_DETACH && t->exit_seen;
	bool starts = op == RESUME_DETACH && t->announced && !t->dying && !ends;
	const struct ftask *creator = starts ? fake_creator_of(f, t) : NULL;
	if (creator && creator->state == RUNS && !creator->dying)
		fake_broken(f, "%d is let go after its creator, which may want to trace it", tid);
	snprintf(t->resumes + len, sizeof(t->resumes) - len, sig ? "%s%s:%d" : "%s%s", len ? " " : "", ops[op], sig);
	t->left_exiting = ends;
	t->detached = op == RESUME_DETACH && !ends;
	t->state = ends ? DEAD : op == RESUME_DETACH ? LEFT : op == RESUME_LISTEN ? LISTENS : RUNS;
	return 0;
}

static int door_event_msg(void *ctx, pid_t tid, uint64_t *ret)
{
	struct fake *f = ctx;
	int err = fake_stopped(f, tid, "the event message");

	if (!err)
		*ret = fake_task(f, tid)->at.msg;
	return err;
}

static int door_siginfo(void *ctx, pid_t tid, siginfo_t *ret)
{
	struct fake *f = ctx;
	int err = fake_stopped(f, tid, "siginfo");

	memset(ret, 0, sizeof(*ret));
	const struct item *at = &fake_task(f, tid)->at;
	ret->si_signo = at->sig;
	ret->si_code = fake_event_of(at) ? fake_event_of(at) << 8 | SIGTRAP : SI_USER;
	return err;
}

static int door_syscall_stop(void *ctx, pid_t tid, struct syscall_stop *ret)
{
	struct fake *f = ctx;
	int err = fake_stopped(f, tid, "the call");
	const struct item *i = &fake_task(f, tid)->at;

	*ret = i->has_call ? i->call : (struct syscall_stop){ .phase = PHASE_NONE };
	ret->arch = abi_native()->audit_arch;
	return err;
}

/* Where each register lies is the business of decode/abi/ and its own tests; here a few places of three machines. */
static const struct places {
	const char *machine;
	unsigned arg[6], nr, sp, tp;
} places[] = {
	{ "x86_64", { 14, 13, 12, 7, 9, 8 }, 15, 19, 21 },
	{ "aarch64", { 0, 1, 2, 3, 4, 5 }, 8, 31, 0 }, /* the thread pointer is in a set of its own */
	{ "riscv64", { 10, 11, 12, 13, 14, 15 }, 17, 2, 4 },
};

static size_t encode(const struct regs *r, uint64_t raw[34])
{
	const struct places *at = places;

	while (strcmp(abi_native()->name, at->machine) != 0)
		at++;
	memset(raw, 0, 34 * sizeof(raw[0]));
	if (at->tp)
		raw[at->tp] = r->tp;
	for (unsigned i = 0; i < 6; i++)
		raw[at->arg[i]] = r->arg[i];
	raw[at->nr] = r->nr;
	raw[at->sp] = r->sp;
	return abi_native()->regset_len;
}

static ssize_t door_regset(void *ctx, pid_t tid, int type, void *buf, size_t n)
{
	struct fake *f = ctx;
	int err = fake_stopped(f, tid, "registers");
	uint64_t raw[34];

	if (err)
		return err;
	if (type == abi_native()->tp_regset) {
		memcpy(buf, &fake_task(f, tid)->regs.tp, sizeof(uint64_t));
		return sizeof(uint64_t);
	}
	size_t len = encode(&fake_task(f, tid)->regs, raw);
	memcpy(buf, raw, len < n ? len : n);
	return (ssize_t)(len < n ? len : n);
}

static ssize_t door_read_mem(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	struct fake *f = ctx;
	int err = fake_there(f, tid, "memory");
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

static int door_refuse_call(void *ctx, pid_t tid, int error)
{
	struct fake *f = ctx;
	int err = fake_stopped(f, tid, "a refusal of its call");
	struct ftask *t = fake_task(f, tid);
	size_t len = strlen(t->resumes);

	if (err)
		return err;
	if (!t->at.has_call || (!t->at.call.foreign && error == ENOSYS))
		fake_broken(f, "a call of %d is refused that its program made itself", tid);
	snprintf(t->resumes + len, sizeof(t->resumes) - len, "%srefused", len ? " " : "");
	return 0;
}

static ssize_t door_read_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	struct fake *f = ctx;

	if (tid == getpid()) /* thrtrace's own */
		return -ENOENT;
	struct ftask *t = fake_task(f, tid);
	char text[256] = "";
	if (t->state == DEAD && t->left_exiting) /* a list of tasks may be older than its end, which no report tells */
		return -ENOENT;
	int err = fake_there(f, tid, "/proc");

	if (err)
		return err;
	f->clock += f->read_ns;
	if (f->read_ns && strcmp(name, "schedstat") == 0)
		snprintf(text, sizeof(text), "%llu 0 1\n", (unsigned long long)f->clock);
	else if (strcmp(name, "status") == 0)
		snprintf(text, sizeof(text), "Tgid:\t%d\nPPid:\t%d\nTracerPid:\t%d\nSigCgt:\t0\nSigIgn:\t0\n", t->tgid,
			t->ppid, t->seized ? getpid() : 0);
	else if (strcmp(name, "stat") == 0)
		fake_broken(f, "/proc/%d/stat adds up all threads of its process, which takes milliseconds", tid);
	else if (strncmp(name, "task/", 5) == 0)
		snprintf(text, sizeof(text),
			"%d (%s) %c 1 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 1 0 50 0 0 0"
			" 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			tid, t->worker && !(t->unnamed && t->unnamed--) ? t->worker : "prog",
			t->state == ZOMBIE          ? 'Z' :
				t->asleep           ? 'S' :
				t->state == STOPPED ? 't' :
						      'R',
			t->worker ? 0x4010U : 0U);
	else if (strcmp(name, "comm") == 0 && ++f->comms)
		snprintf(text, sizeof(text), "%s\n", t->comm ? t->comm : "prog");
	else if (strcmp(name, "limits") == 0)
		snprintf(text, sizeof(text), "Max stack size 8388608 unlimited bytes\n");
	else if (strcmp(name, "syscall") == 0 && t->asleep)
		snprintf(text, sizeof(text), "%d 0x0 0x0 0x0 0x0 0x0 0x0 0x7000 0x4000\n", SYS_epoll_pwait);
	else if (strcmp(name, "syscall") == 0)
		snprintf(text, sizeof(text), "%lld 0x0 0x0 0x0 0x0 0x0 0x0 0x7000 0x4000\n", (long long)t->regs.nr);
	else
		return -ENOENT;
	size_t len = strlen(text);
	memcpy(buf, text, len < n ? len : n);
	return (ssize_t)(len < n ? len : n);
}

static int door_vma(void *ctx, pid_t tid, taddr addr, bool next_code, struct vma *ret)
{
	struct fake *f = ctx;
	int err = fake_there(f, tid, "mappings");
	(void)next_code;

	if (err || fake_task(f, tid)->exit_seen)
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
	return fake_there(ctx, tid, "the page tables");
}

static int door_guard_pages(void *ctx, pid_t tid, taddr low, taddr high, uint64_t *ret)
{
	(void)low;
	(void)high;
	*ret = 0;
	return fake_there(ctx, tid, "the page tables");
}

static int door_kcmp(void *ctx, pid_t a, pid_t b, int what)
{
	int err = fake_there(ctx, a, "kcmp");
	(void)what;

	return err ? err : fake_there(ctx, b, "kcmp");
}

static int door_in_group(void *ctx, pid_t tgid, pid_t tid)
{
	int err = fake_there(ctx, tid, "the thread group");

	return err ? err : fake_task(ctx, tid)->tgid == tgid;
}

static int door_ns(void *ctx, pid_t tid, const char *name, uint64_t *ret)
{
	(void)name;
	*ret = 1;
	return tid == getpid() ? 0 : fake_there(ctx, tid, "the namespaces");
}

static int door_zero(void *ctx, pid_t tid, taddr *ret)
{
	*ret = 0;
	return fake_there(ctx, tid, "the robust list");
}

static int door_asleep(void *ctx, pid_t tid, uint64_t *ret_ns)
{
	*ret_ns = 12000000000U;
	return fake_there(ctx, tid, "its sleep");
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
	struct fake *f = ctx;

	f->clock += f->read_ns;
	*ret = (struct task_usage){ .cpu_ns = f->read_ns ? f->clock : 1000, .turns = 1, .split = split_from <= 1 };
	return fake_there(f, tid, "the account");
}

static void door_identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	struct fake *f = ctx;

	*ret = (struct program_facts){ .path = "/prog", .kind = f->libc };
	(void)fake_there(f, tid, "the program");
}

static int door_seize(void *ctx, pid_t tid, uint64_t options)
{
	struct fake *f = ctx;
	struct ftask *t = fake_task(f, tid);

	if (!f->attaches)
		fake_broken(f, "%d is seized", tid);
	if (options & PTRACE_O_EXITKILL)
		fake_broken(f, "%d is not thrtrace's, and would die with it", tid);
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
	struct ftask *t = fake_task(f, tid);

	if (t->asleep)
		fake_broken(f, "%d is interrupted in a call that fails by it", tid);
	if (!t->seized)
		fake_broken(f, "%d is interrupted and was not seized", tid);
	t->interrupted = true;
	return fake_there(f, tid, "PTRACE_INTERRUPT");
}

static uint64_t door_boot(void *ctx)
{
	const struct fake *f = ctx;

	return f->clock + 1000000000U;
}

static int door_failure(void *ctx, pid_t tid, const struct failure_ask *ask, struct failure_facts *ret)
{
	(void)ctx, (void)tid, (void)ask, (void)ret;
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

void fake_request_door(struct kernel *k)
{
	k->resume = door_resume;
	k->seize = door_seize;
	k->interrupt = door_interrupt;
	k->event_msg = door_event_msg;
	k->siginfo = door_siginfo;
	k->syscall_stop = door_syscall_stop;
	k->regset = door_regset;
	k->read_mem = door_read_mem;
	k->write_mem = door_write_mem;
	k->set_arg0 = door_set_arg0;
	k->refuse_call = door_refuse_call;
	k->read_proc = door_read_proc;
	k->vma = door_vma;
	k->lowest_touched = door_lowest_touched;
	k->guard_pages = door_guard_pages;
	k->kcmp = door_kcmp;
	k->in_group = door_in_group;
	k->ns = door_ns;
	k->robust_list = door_zero;
	k->asleep = door_asleep;
	k->rseq = door_zero;
	k->list_tasks = door_list_tasks;
	k->usage = door_usage;
	k->identify = door_identify;
	k->failure = door_failure;
	k->origin = door_origin;
	k->now_ns = door_now;
	k->boot_ns = door_boot;
}

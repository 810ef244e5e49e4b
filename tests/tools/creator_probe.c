/* SPDX-License-Identifier: MIT */
/*
 * Runs a program and prints, for each task that it makes, one line of JSON: the creator's backtrace, the start routine
 * and its label. With -b, the mean cost of these instead (each taken 1000 times at the first creation).
 *
 *     creator_probe [-b|-c|-f|-t] [-n MAX] PROGRAM [ARG...]
 *
 * With -f, the verdict on the fatal fault instead; with -t, the layout of thread-local storage;
 * with -c, what is wrong with the creation, for who writes a runtime.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <thrtrace/findings.h>
#include <thrtrace/fault.h>

#include "creators/start_routine.h"
#include "symbols/symbols.h"
#include "creators/tls.h"
#include "unwind/unwind.h"
#include "tinydoor.h"

struct probe {
	struct kernel door;
	struct symbols *symbols;
	struct symbols_space *space;
	struct unwinder *unwinder;
	bool bench, faults, tls, check;
	struct fault_area stack[64]; /* of threads made by clone3, by creation */
	pid_t stack_of[64];
	bool gone[64];
	size_t n_stacks;
	long left;
	pid_t early[256]; /* tasks that stopped before their creator's event came: kept stopped */
	size_t n_early;
	pid_t known[4096];
	size_t n_known;
};

static bool take(pid_t *list, size_t *n, pid_t tid)
{
	for (size_t i = 0; i < *n; i++) {
		if (list[i] == tid) {
			list[i] = list[--*n];
			return true;
		}
	}
	return false;
}

static void print_text(const char *key, const char *text)
{
	if (!text) {
		printf("\"%s\":null,", key);
		return;
	}
	printf("\"%s\":\"", key);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text >= ' ')
			putchar(*text);
	printf("\",");
}

static void print_frame(const struct frame *f)
{
	putchar('{');
	print_text("module", f->module);
	print_text("symbol", f->symbol);
	print_text("file", f->file);
	printf("\"pc\":%" PRIu64 ",\"at\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"line\":%u,\"own\":%s,\"signal\":%s}",
		f->pc, f->module_offset, f->offset, f->line, f->in_program ? "true" : "false",
		f->signal ? "true" : "false");
}

static void print_creation(const struct backtrace *bt, const struct start_routine *s)
{
	const struct frame *own = backtrace_own(bt);

	printf("{\"frames\":[");
	for (size_t i = 0; i < bt->n; i++) {
		if (i)
			putchar(',');
		print_frame(&bt->frame[i]);
	}
	printf("],\"own\":%td,", own ? own - bt->frame : -1);
	print_text("stopped", bt->stopped);
	print_text("unknown", s->known ? NULL : s->unknown);
	printf("\"arg\":%" PRIu64 ",\"start\":", s->arg);
	print_frame(&s->at);
	printf(",\"label\":");
	print_frame(s->label.pc ? &s->label : &s->at);
	printf("}\n");
	(void)fflush(stdout);
}

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void bench(struct probe *p, pid_t parent, const struct start_hints *h)
{
	const int rounds = 1000;
	struct backtrace bt;
	struct start_routine s;
	double t[4];

	t[0] = now_us();
	for (int i = 0; i < rounds; i++)
		(void)!unwind_task(p->unwinder, &p->door, parent, p->space, true, &bt);
	t[1] = now_us();
	for (int i = 0; i < rounds; i++)
		unwinder_forget(p->unwinder), (void)!unwind_task(p->unwinder, &p->door, parent, p->space, true, &bt);
	t[2] = now_us();
	for (int i = 0; i < rounds; i++)
		start_routine_find(p->space, h, &bt, &s);
	t[3] = now_us();
	printf("frames %zu: recognised %.2f us, walked %.2f us, start routine %.2f us\n", bt.n, (t[1] - t[0]) / rounds,
		(t[2] - t[1]) / rounds, (t[3] - t[2]) / rounds);
}

static struct start_hints hints(pid_t child)
{
	struct user_regs_struct r;
	struct start_hints h = { .tid = child };
	uint64_t flags;
	char bytes[sizeof(r)];
	struct kernel door = tinydoor();

	if (ptrace(PTRACE_GETREGS, child, NULL, &r) != 0)
		return h;
	(void)door.regset(NULL, child, NT_PRSTATUS, bytes, sizeof(bytes));
	(void)!start_hints_regs(bytes, sizeof(bytes), &h);
	h.clone3 = r.orig_rax == 435;
	flags = r.rdi;
	if (h.clone3 && door.read_mem(NULL, child, r.rdi, &flags, 8) != 8)
		flags = 0;
	h.settls = flags & CLONE_SETTLS;
	h.own_stack = (flags & CLONE_VM) && !(r.orig_rax != 435 && r.rsi == 0);
	h.tls = r.fs_base;
	return h;
}

/* The stack that clone3 was given, without the guard that pthread_create has put at its low end. */
static void note_stack(struct probe *p, pid_t child, taddr sp)
{
	struct vma at, below;

	if (p->n_stacks == 64 || p->door.vma(p->door.ctx, child, sp - 8, false, &at) != 0)
		return;
	struct fault_area a = { .low = at.low, .high = at.high, .label = (uint32_t)p->n_stacks + 1 };
	if (p->door.vma(p->door.ctx, child, at.low - 1, false, &below) == 0 && below.prot == 0) {
		a.guard_low = below.low;
		a.guard_bytes = below.high - below.low;
	}
	p->stack[p->n_stacks] = a;
	p->stack_of[p->n_stacks++] = child;
}

static void print_fault(struct probe *p, pid_t tid, const siginfo_t *info, const struct fault_facts *facts)
{
	struct fault_verdict v;
	struct backtrace bt;
	struct recursion r;

	fault_judge(facts, &v);
	printf("%s\n", v.kind == FAULT_NONE ? "none" : v.text);
	(void)!unwind_task(p->unwinder, &p->door, tid, p->space, false, &bt);
	for (size_t i = 0; i < bt.n && i < 8; i++)
		printf("  #%zu %s %s+%#" PRIx64 "\n", i, bt.frame[i].module ? bt.frame[i].module : "?",
			bt.frame[i].symbol ? bt.frame[i].symbol : "?", bt.frame[i].offset);
	if (bt.stopped)
		printf("  stopped: %s\n", bt.stopped);
	if (backtrace_recursion(&bt, &r))
		printf("  repeats: %s x %" PRIu64 "\n", bt.frame[r.first].symbol,
			unwind_depth(p->unwinder, &p->door, tid, facts->sp, facts->own.high,
				bt.frame[r.first + r.period].pc));
	(void)info;
}

static void on_fault(struct probe *p, pid_t tid)
{
	siginfo_t info;
	struct user_regs_struct r;
	struct fault_area old[64];
	struct fault_facts f = { .sig = SIGSEGV, .old = old };

	if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) != 0 || ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0)
		return;
	f.code = info.si_code;
	f.addr = (uintptr_t)info.si_addr;
	f.pc = r.rip;
	f.sp = r.rsp;
	for (size_t i = 0; i < p->n_stacks; i++) {
		if (p->stack_of[i] == tid) {
			f.own = p->stack[i];
			f.own_known = true;
		} else if (p->gone[i]) {
			old[f.n_old++] = p->stack[i];
		}
	}
	print_fault(p, tid, &info, &f);
}

static void print_tls(struct probe *p, const struct start_hints *h)
{
	static struct tls_layout l;
	uint64_t self = 0;
	enum tls_self ok = tls_self(&p->door, h->tid, h->tls, 8, &self);

	tls_read(p->space, h->tid, &l);
	printf("self %s, static %" PRIu64 "\n", ok == TLS_SELF_OK ? "ok" : "wrong", l.static_bytes);
	for (size_t i = 0; i < l.n; i++) {
		const struct tls_part *t = &l.part[i];
		printf("  %s size %" PRIu64 " align %" PRIu64 " ", t->module, t->size, t->align);
		if (t->placed)
			printf("at %+" PRId64 "\n", t->offset);
		else
			printf("(%s)\n", t->unplaced);
	}
}

static void print_findings(struct probe *p, pid_t parent, const struct start_hints *h)
{
	struct user_regs_struct creator;
	struct task child = { .label = 1 }, rival = { .label = 0 };
	struct event ev = { .kind = EV_BIRTH, .task = &child, .u.birth.kind = BIRTH_CALL };
	struct ev_birth *b = &ev.u.birth;
	struct birth_facts *f = &b->facts;
	struct findings found;
	struct vma v;

	if (ptrace(PTRACE_GETREGS, parent, NULL, &creator) != 0)
		return;
	b->args = (struct call_clone){ .via = VIA_CLONE, .flags = h->clone3 ? 0 : creator.rdi, .stack = creator.rsi };
	*f = (struct birth_facts){ .sp = h->regs.r[unwind_arch.sp],
		.tp = h->tls,
		.regs_known = true,
		.tp_known = true,
		.creator_sp = creator.rsp,
		.creator_tp = creator.fs_base,
		.creator_known = true };
	f->at_tp = p->door.vma(p->door.ctx, parent, h->tls, false, &v) ? AT_NOTHING : AT_MAPPING;
	f->at_sp_known = p->door.vma(p->door.ctx, parent, f->sp - 1, false, &f->at_sp) == 0;
	for (size_t i = 0; i + 1 < p->n_stacks; i++)
		if (!p->gone[i] && f->sp > p->stack[i].low && f->sp <= p->stack[i].high) {
			rival.label = (uint32_t)i + 1;
			b->rival = &rival;
		}
	findings_init(&found);
	findings_ask(&found, &ev, NULL);
	for (size_t i = 0; i < ev.n_findings; i++)
		printf("%s: %s. %s\n", ev.finding[i].row->id, ev.finding[i].text, finding_repair(&ev.finding[i]));
	if (!ev.n_findings)
		printf("none\n");
	findings_release(&found);
}

static void on_creation(struct probe *p, pid_t parent)
{
	unsigned long child;
	struct backtrace bt;
	struct start_routine s;
	int status;

	if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) != 0)
		return;
	if (!take(p->early, &p->n_early, (pid_t)child) && waitpid((pid_t)child, &status, __WALL) < 0)
		return;
	if (p->n_known < ARRAY_SIZE(p->known))
		p->known[p->n_known++] = (pid_t)child;
	struct start_hints h = hints((pid_t)child);
	note_stack(p, (pid_t)child, h.regs.r[unwind_arch.sp]);
	(void)!unwind_task(p->unwinder, &p->door, parent, p->space, true, &bt);
	start_routine_find(p->space, &h, &bt, &s);
	if (p->bench && p->left == 1)
		bench(p, parent, &h);
	else if (p->check)
		print_findings(p, parent, &h);
	else if (p->tls)
		print_tls(p, &h);
	else if (!p->bench && !p->faults)
		print_creation(&bt, &s);
	p->left--;
	(void)ptrace(p->left > 0 ? PTRACE_CONT : PTRACE_DETACH, (pid_t)child, NULL, NULL);
}

static void on_stop(struct probe *p, pid_t tid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	bool known = take(p->known, &p->n_known, tid);

	if (known)
		p->known[p->n_known++] = tid;
	else if (event == PTRACE_EVENT_STOP && p->n_early < ARRAY_SIZE(p->early)) {
		p->early[p->n_early++] = tid;
		return;
	}
	if (p->faults && event == 0 && sig == SIGSEGV)
		on_fault(p, tid);
	if (event == PTRACE_EVENT_EXEC)
		symbols_space_exec(p->space);
	if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK)
		on_creation(p, tid);
	(void)ptrace(PTRACE_CONT, tid, NULL, (void *)(uintptr_t)(event ? 0 : sig));
}

static pid_t launch(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)raise(SIGSTOP);
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	(void)waitpid(pid, &status, WUNTRACED);
	(void)ptrace(PTRACE_SEIZE, pid, NULL,
		(void *)(uintptr_t)(PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	(void)kill(pid, SIGCONT);
	return pid;
}

int main(int argc, char **argv)
{
	struct probe p = { .door = tinydoor(), .left = 16 };
	int opt, status;
	pid_t tid;

	while ((opt = getopt(argc, argv, "+bcftn:")) > 0) {
		if (opt == 'b')
			p.bench = true;
		else if (opt == 'c')
			p.check = true;
		else if (opt == 't')
			p.tls = true;
		else if (opt == 'f')
			p.faults = true;
		else if (opt == 'n')
			p.left = strtol(optarg, NULL, 10);
	}
	if (optind == argc)
		return 2;
	p.symbols = symbols_new();
	p.space = symbols_space_new(p.symbols, &p.door);
	p.unwinder = unwinder_new();
	pid_t pid = launch(argv + optind);
	p.known[p.n_known++] = pid;
	while (p.left > 0 && (tid = waitpid(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status)) {
			on_stop(&p, tid, status);
		} else if (tid == pid) {
			break;
		} else {
			for (size_t i = 0; i < p.n_stacks; i++)
				p.gone[i] |= p.stack_of[i] == tid;
		}
	(void)kill(pid, SIGKILL);
	unwinder_free(p.unwinder);
	symbols_space_free(p.space);
	symbols_free(p.symbols);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * One true sentence for each followed call. A sentence is chosen by the call, its arguments and what the model knows;
 * its id tells the views that it is the same explanation again.
 */
#include <thrtrace/annotate.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <thrtrace/tables.h>
#include <thrtrace/uapi.h>
#include <thrtrace/verdict.h>

enum note_id {
	NOTE_ALWAYS,
	NOTE_MMAP_RESERVE,
	NOTE_MMAP_STACK,
	NOTE_MPROTECT_OPEN,
	NOTE_MPROTECT_GUARD,
	NOTE_MUNMAP_STACK,
	NOTE_GUARD_INSTALL,
	NOTE_GUARD_REMOVE,
	NOTE_DONTNEED,
	NOTE_FREE,
	NOTE_ROBUST,
	NOTE_ROBUST_NULL,
	NOTE_TID_ADDRESS,
	NOTE_TID_ADDRESS_NULL,
	NOTE_RSEQ,
	NOTE_RSEQ_OFF,
	NOTE_SET_FS,
	NOTE_SET_GS,
	NOTE_NAME,
	NOTE_VMA_NAME,
	NOTE_ALTSTACK,
	NOTE_ALTSTACK_OFF,
	NOTE_JOIN,
	NOTE_DETACH,
	NOTE_WAIT_CREATE,
	NOTE_JOIN_OR_DETACH,
	NOTE_CANCEL,
	NOTE_SETXID,
	NOTE_TKILL,
	NOTE_AFFINITY,
	NOTE_POLICY,
	NOTE_NICE,
	NOTE_CREDS,
	NOTE_CREDS_ALL,
	NOTE_UNSHARE,
	NOTE_SETNS,
	NOTE_SECCOMP,
	NOTE_SECCOMP_STRICT,
	NOTE_PDEATHSIG,
	NOTE_PTRACE,
	NOTE_PIDFD,
	NOTE_EXEC,
	NOTE_CLONE3_FALLBACK,
	NOTE_INJECTED,
	NOTE_LAST
};
_Static_assert(NOTE_LAST <= NOTE_IDS, "NOTE_IDS is too small");

void notes_init(struct notes *n)
{
	*n = (struct notes){ .told = NULL };
	for (unsigned i = 0; i < NOTES_MAX; i++)
		outbuf_init(&n->text[i], 4096);
}

void notes_release(struct notes *n)
{
	for (unsigned i = 0; i < NOTES_MAX; i++)
		outbuf_release(&n->text[i]);
}

/* The buffer of the next note, or NULL when there are enough. note_close() makes it part of the event. */
static struct outbuf *note_open(struct event *ev, struct notes *n)
{
	if (ev->n_notes == NOTES_MAX)
		return NULL;
	outbuf_clear(&n->text[ev->n_notes]);
	return &n->text[ev->n_notes];
}

static void note_close(struct event *ev, struct notes *n, enum note_id id)
{
	ev->note[ev->n_notes] = (struct note){ .id = (uint16_t)id, .text = outbuf_str(&n->text[ev->n_notes]) };
	ev->n_notes++;
}

/* A sentence with %-words; sizes are put in beforehand with size_text. */
static void say(struct event *ev, struct notes *n, enum note_id id, const char *fmt, ...) THR_PRINTF(4, 5);
static void say(struct event *ev, struct notes *n, enum note_id id, const char *fmt, ...)
{
	struct outbuf *out = n->told && n->told[id] ? NULL : note_open(ev, n);
	char text[512];
	va_list ap;

	if (!out)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	outbuf_puts(out, text);
	note_close(ev, n, id);
}

struct size_words {
	char s[48];
};

static struct size_words size_text(uint64_t bytes)
{
	struct size_words w;
	struct outbuf b;

	outbuf_init(&b, sizeof(w.s) - 1);
	size_format(&b, bytes);
	snprintf(w.s, sizeof(w.s), "%s", outbuf_str(&b));
	outbuf_release(&b);
	return w;
}

/* ---- memory ---- */

static void on_mmap(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	struct size_words size = size_text(c->arg[1]);
	(void)m;

	if (c->arg[2] == PROT_NONE)
		say(ev, n, NOTE_MMAP_RESERVE,
			"reserves %s of address space for a stack; nothing is usable or paid for yet", size.s);
	else
		say(ev, n, NOTE_MMAP_STACK, "maps %s for a stack; a page is paid for when it is first touched", size.s);
}

static void on_mprotect(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	const struct area *a = model_area(m, ev->task, c->arg[0]);
	taddr at = c->arg[0];
	struct size_words size = size_text(c->arg[1]);

	if (c->arg[2] == PROT_NONE) {
		say(ev, n, NOTE_MPROTECT_GUARD, "closes %s at 0x%llx: a guard that the program makes itself", size.s,
			(unsigned long long)at);
	} else if (a && at > a->low) {
		struct size_words guard = size_text(at - a->low);
		bool one = at - a->low == model_page(m);
		say(ev, n, NOTE_MPROTECT_OPEN,
			"opens the upper %s; the %s below, 0x%llx, %s PROT_NONE: the guard page%s", size.s,
			one ? "page" : guard.s, (unsigned long long)a->low, one ? "stays" : "stay", one ? "" : "s");
	} else {
		say(ev, n, NOTE_MPROTECT_OPEN, "opens %s of a stack", size.s);
	}
}

static void on_madvise(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	struct size_words size = size_text(c->arg[1]);
	(void)m;

	switch (c->arg[2]) {
	case MADV_GUARD_INSTALL_:
		say(ev, n, NOTE_GUARD_INSTALL,
			"makes the lowest %s guard pages: a store there is SIGSEGV; /proc/PID/maps still shows one "
			"mapping",
			size.s);
		break;
	case MADV_GUARD_REMOVE_:
		say(ev, n, NOTE_GUARD_REMOVE, "takes the guard away from %s", size.s);
		break;
	case MADV_DONTNEED:
		if (ev->u.call.stack_of == ev->task)
			say(ev, n, NOTE_DONTNEED,
				"gives the touched stack pages back before exit; the address range stays reserved");
		break;
	case MADV_FREE:
		say(ev, n, NOTE_FREE, "lets the kernel take these stack pages when memory is short");
		break;
	default:
		break;
	}
}

static void on_munmap(struct event *ev, const struct model *m, struct notes *n)
{
	const struct task *of = ev->u.call.stack_of;
	(void)m;

	if (of)
		say(ev, n, NOTE_MUNMAP_STACK,
			"the stack of T%u is gone: its memory and its addresses go back to the process", of->label);
}

/* ---- what a task registers ---- */

static void on_prctl(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	(void)m;

	if ((int)c->arg[0] == PR_SET_SECCOMP && c->arg[1] == SECCOMP_MODE_STRICT_)
		say(ev, n, NOTE_SECCOMP_STRICT,
			"from now on this thread may only read, write, return from signal handlers, and exit");
	else if ((int)c->arg[0] == PR_SET_SECCOMP)
		say(ev, n, NOTE_SECCOMP,
			"from now on a filter decides over each call of this thread and of those that it makes; it "
			"can't be removed");
	else if ((int)c->arg[0] == PR_SET_PDEATHSIG)
		say(ev, n, NOTE_PDEATHSIG,
			"it will get that signal when the thread that made it ends, also when its parent process lives "
			"on");
	else if ((int)c->arg[0] == PR_SET_NAME)
		say(ev, n, NOTE_NAME,
			"names this one thread (15 bytes at most): /proc/PID/task/TID/comm, ps -L, top -H");
	else
		say(ev, n, NOTE_VMA_NAME, "names the mapping in /proc/PID/maps");
}

static void on_registration(struct event *ev, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	const struct task *t = ev->task;

	switch ((int)c->id) {
	case CALL_set_robust_list:
		if (c->arg[0])
			say(ev, n, NOTE_ROBUST,
				"if T%u dies holding a robust mutex, the kernel marks it and wakes the next waiter",
				t->label);
		else
			say(ev, n, NOTE_ROBUST_NULL, "T%u has no robust list any more", t->label);
		break;
	case CALL_set_tid_address:
		if (c->arg[0])
			say(ev, n, NOTE_TID_ADDRESS,
				"that word will be cleared and futex-woken when T%u ends; the call returns its tid",
				t->label);
		else
			say(ev, n, NOTE_TID_ADDRESS_NULL,
				"no word will be cleared when T%u ends, and nobody woken; the call returns its tid",
				t->label);
		break;
	case CALL_rseq:
		if (c->arg[2] & 1)
			say(ev, n, NOTE_RSEQ_OFF, "unregisters the restartable-sequence area");
		else
			say(ev, n, NOTE_RSEQ,
				"registers the restartable-sequence area, so user code can know its CPU cheaply");
		break;
	case CALL_arch_prctl:
		if (c->arg[0] == ARCH_SET_FS_)
			say(ev, n, NOTE_SET_FS, "sets the TLS base: where fs: points, and thread-local variables lie");
		else if (c->arg[0] == ARCH_SET_GS_)
			say(ev, n, NOTE_SET_GS, "sets the gs base of this thread");
		break;
	case CALL_sigaltstack:
		if (c->arg[0] && !((uint32_t)c->u.altstack.flags & SS_DISABLE_)) {
			struct size_words size = size_text(c->u.altstack.size);
			say(ev, n, NOTE_ALTSTACK,
				"%s for signal handlers of this one thread: they run even when its stack has "
				"overflowed",
				size.s);
		} else if (c->arg[0]) {
			say(ev, n, NOTE_ALTSTACK_OFF,
				"signal handlers of this thread run on its ordinary stack from now on");
		}
		break;
	default:
		break;
	}
}

/* ---- waiting, signals, scheduling, identity ---- */

static void on_join(struct event *ev, const struct model *m, struct notes *n)
{
	static const struct {
		enum note_id id;
		const char *what;
	} waits[] = {
		[WAITS_TO_JOIN] = { NOTE_JOIN, "pthread_join" },
		[WAITS_TO_DETACH] = { NOTE_DETACH, "pthread_detach of a thread that is ending, and no join" },
		[WAITS_TO_CREATE] = { NOTE_WAIT_CREATE, "pthread_create fails, and its new thread must go again" },
		[WAITS_EITHER] = { NOTE_JOIN_OR_DETACH, "pthread_join, or pthread_detach of a thread that is ending" },
	};
	const struct task *j = ev->u.call.joins;
	(void)m;

	if (j && ev->kind == EV_CALL_BEGIN)
		say(ev, n, waits[ev->u.call.waits].id, "%s: T%u sleeps until T%u's %s", waits[ev->u.call.waits].what,
			ev->task->label, j->label,
			ev->u.call.call->arg[0] != j->clear_tid    ? "state word says that it has ended" :
				j->clear_tid == j->born.parent_tid ? "tid word is cleared" :
								     "join word is cleared");
}

/* What a libc-internal signal is for: musl's are one apart from glibc's (pthread_impl.h, internal-signals.h). */
enum libc_signal { LIBC_NONE, LIBC_CANCEL, LIBC_SETXID };

static enum libc_signal libc_signal_of(enum libc_kind libc, uint64_t sig)
{
	static const struct {
		enum libc_kind libc;
		unsigned sig;
		enum libc_signal what;
	} rows[] = {
		{ LIBC_GLIBC, 32, LIBC_CANCEL }, /* SIGCANCEL */
		{ LIBC_GLIBC, 33, LIBC_SETXID }, /* SIGSETXID */
		{ LIBC_MUSL, 33, LIBC_CANCEL },  /* SIGCANCEL */
		{ LIBC_MUSL, 34, LIBC_SETXID },  /* SIGSYNCCALL */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].libc == libc && rows[i].sig == sig)
			return rows[i].what;
	return LIBC_NONE;
}

static void on_kill(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	bool tgkill = c->id == CALL_tgkill;
	pid_t tid = (pid_t)c->arg[tgkill ? 1 : 0];
	uint64_t sig = c->arg[tgkill ? 2 : 1];
	const struct task *to = model_by_tid(m, tid);
	char whom[32];

	if (to)
		snprintf(whom, sizeof(whom), "T%u", to->label);
	else
		snprintf(whom, sizeof(whom), "task %d", tid);
	switch (libc_signal_of(model_libc(m, ev->task), sig)) {
	case LIBC_CANCEL:
		say(ev, n, NOTE_CANCEL, "pthread_cancel: SIGCANCEL of the C library tells %s to end itself", whom);
		break;
	case LIBC_SETXID:
		say(ev, n, NOTE_SETXID,
			"the C library makes %s repeat a setuid-like call: credentials are per task in the kernel",
			whom);
		break;
	case LIBC_NONE:
		say(ev, n, NOTE_TKILL, "a signal for %s alone", whom);
		break;
	}
}

static void on_sched(struct event *ev, const struct model *m, struct notes *n)
{
	(void)m;
	switch ((int)ev->u.call.call->id) {
	case CALL_sched_setaffinity:
		say(ev, n, NOTE_AFFINITY,
			"on which CPUs this one thread may run (0: the caller); threads that it makes inherit it");
		break;
	case CALL_sched_setscheduler:
	case CALL_sched_setattr:
		say(ev, n, NOTE_POLICY, "the scheduling policy of this one thread");
		break;
	default:
		say(ev, n, NOTE_NICE,
			"on Linux a nice value belongs to the thread, not to the process as POSIX has it");
		break;
	}
}

static void on_namespace(struct event *ev, const struct model *m, struct notes *n)
{
	(void)m;
	if (ev->u.call.call->id == CALL_unshare)
		say(ev, n, NOTE_UNSHARE,
			"this task stops sharing these things; what other threads have is not changed");
	else
		say(ev, n, NOTE_SETNS, "this task moves to another namespace; other threads stay where they are");
}

/* Does that C library's function of this name make every thread repeat the call? */
static bool is_broadcast(enum call_id id, enum libc_kind libc)
{
	static const struct {
		enum call_id id;
		enum libc_kind libc;
	} rows[] = {
#define BROADCAST(call, library, source) { CALL_##call, library },
#include "tables/broadcasts.def"
#undef BROADCAST
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].id == id && rows[i].libc == libc)
			return true;
	return false;
}

static void on_creds(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;

	if (is_broadcast(c->id, model_libc(m, ev->task)))
		say(ev, n, NOTE_CREDS_ALL,
			"changes this task only: the kernel keeps credentials per task, the C library's %s() makes "
			"each thread repeat it",
			call_row(c->id)->name);
	else
		say(ev, n, NOTE_CREDS,
			"changes this task only: the kernel keeps credentials per task, and the other threads keep "
			"theirs");
}

static void on_seccomp(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;
	(void)m;

	if (c->arg[0] == SECCOMP_SET_MODE_FILTER_)
		say(ev, n, NOTE_SECCOMP,
			"from now on a filter decides over each call of this thread%s; it can't be removed",
			c->arg[1] & SECCOMP_FILTER_FLAG_TSYNC_ ? ", of its siblings, and of those that they make" :
								 " and of those that it makes");
}

static void on_ptrace(struct event *ev, const struct model *m, struct notes *n)
{
	(void)m;
	if (ev->u.call.call->arg[0] == PTRACE_TRACEME_)
		say(ev, n, NOTE_PTRACE,
			"its parent is to trace it: each signal and each execve then stops it until that lets it go "
			"on");
}

static void on_pidfd(struct event *ev, const struct model *m, struct notes *n)
{
	(void)m;
	say(ev, n, NOTE_PIDFD,
		"a descriptor for a task: its end can be polled, and its number can't be mistaken for another's");
}

/* Who explains a call; what has no row registers something, or is left without a sentence. */
static const struct {
	enum call_id id;
	bool in_area; /* only where the call touches a known or possible stack area */
	void (*explain)(struct event *ev, const struct model *m, struct notes *n);
} explained[] = {
	{ CALL_mmap, true, on_mmap },
	{ CALL_mprotect, true, on_mprotect },
	{ CALL_madvise, true, on_madvise },
	{ CALL_munmap, false, on_munmap },
	{ CALL_prctl, false, on_prctl },
	{ CALL_futex, false, on_join },
	{ CALL_tgkill, false, on_kill },
	{ CALL_tkill, false, on_kill },
	{ CALL_sched_setaffinity, false, on_sched },
	{ CALL_sched_setscheduler, false, on_sched },
	{ CALL_sched_setattr, false, on_sched },
	{ CALL_setpriority, false, on_sched },
	{ CALL_unshare, false, on_namespace },
	{ CALL_setns, false, on_namespace },
	{ CALL_seccomp, false, on_seccomp },
	{ CALL_setuid, false, on_creds },
	{ CALL_setgid, false, on_creds },
	{ CALL_setreuid, false, on_creds },
	{ CALL_setregid, false, on_creds },
	{ CALL_setresuid, false, on_creds },
	{ CALL_setresgid, false, on_creds },
	{ CALL_setgroups, false, on_creds },
	{ CALL_setfsuid, false, on_creds },
	{ CALL_setfsgid, false, on_creds },
	{ CALL_ptrace, false, on_ptrace },
	{ CALL_pidfd_open, false, on_pidfd },
};

static void on_call(struct event *ev, const struct model *m, struct notes *n)
{
	const struct call *c = ev->u.call.call;

	if (ev->u.call.how == RESULT_SEEN && call_failed(ev->u.call.result))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(explained); i++) {
		if (explained[i].id != c->id)
			continue;
		if (ev->u.call.area_known || !explained[i].in_area)
			explained[i].explain(ev, m, n);
		return;
	}
	on_registration(ev, n);
}

static void on_fault(struct event *ev, struct notes *n)
{
	const struct backtrace *bt = ev->u.signal.bt;
	struct outbuf *out = bt && bt->n ? note_open(ev, n) : NULL;

	if (!out)
		return;
	outbuf_puts(out, "its frames, innermost first: ");
	backtrace_format(out, bt, ev->u.signal.deep);
	note_close(ev, n, NOTE_ALWAYS);
}

/* Why a call failed that only asked: no finding tells of it. */
static void on_answer(struct event *ev, struct notes *n)
{
	struct outbuf *out = note_open(ev, n);

	if (!out)
		return;
	outbuf_puts(out, ev->u.call.verdict->why);
	note_close(ev, n, NOTE_ALWAYS);
}

void annotate(struct event *ev, const struct model *m, struct notes *n)
{
	ev->n_notes = 0;
	if (ev->kind == EV_CALL && ev->u.call.resumed)
		return; /* explained when it began */
	if (ev->kind == EV_SIGNAL)
		on_fault(ev, n);
	if (ev->kind == EV_CALL || ev->kind == EV_CALL_BEGIN) {
		if (ev->kind == EV_CALL && ev->u.call.injected) {
			say(ev, n, NOTE_INJECTED, "not made: thrtrace was asked to let it fail so (-e inject)");
			return;
		}
		on_call(ev, m, n);
		if (ev->u.call.verdict && !ev->n_findings)
			on_answer(ev, n);
		if (ev->u.call.fell_back)
			say(ev, n, NOTE_CLONE3_FALLBACK,
				"after clone3 was refused with ENOSYS, the C library falls back to clone, and it "
				"works");
	}
}

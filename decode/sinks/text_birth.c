/* SPDX-License-Identifier: MIT */
/* The block of the text view that tells of a birth. */
#include "sinks/text_birth.h"

#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "sinks/ink.h"
#include "sinks/text_block.h"
#include "sinks/words.h"

/* ---- who made it, what it runs ---- */

/* Names are compared by their addresses: they live as long as the run (tracer/symbols.h). */
static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->pc == b->pc && a->symbol == b->symbol && a->module == b->module &&
		a->module_offset == b->module_offset &&
		(!frame_is_python(a) || (a->file == b->file && a->line == b->line));
}

static bool same_chain(const struct chain_text *c, const struct backtrace *bt, size_t length)
{
	if (!c->n || c->length != length)
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (!same_frame(&c->frame[i], &bt->frame[i]))
			return false;
	return true;
}

static void write_chain(struct chain_text *c, const struct backtrace *bt, size_t length)
{
	if (!c->text.max)
		outbuf_init(&c->text, 1 << 16);
	outbuf_clear(&c->text);
	c->length = length;
	c->n = length < CHAIN_FRAMES ? length : CHAIN_FRAMES;
	for (size_t i = c->n; i-- > 0;) {
		c->frame[i] = bt->frame[i];
		if (!frame_is_python(&c->frame[i]))
			c->frame[i].file = NULL;
		frame_format(&c->text, &c->frame[i]);
		if (i)
			outbuf_puts(&c->text, " < ");
	}
}

static void chain(struct chain_text *last, struct outbuf *out, const struct backtrace *whole)
{
	struct backtrace room;
	const struct backtrace *bt = backtrace_told(whole, &room);
	size_t length = backtrace_length(bt);

	if (!same_chain(last, bt, length))
		write_chain(last, bt, length);
	outbuf_puts(out, length > CHAIN_FRAMES ? "  (... < " : "  (");
	outbuf_put(out, outbuf_str(&last->text), last->text.len);
	outbuf_putc(out, ')');
	if (bt->stopped)
		outbuf_printf(out, ", and no further: %s", bt->stopped);
}

void chain_text_release(struct chain_text *c)
{
	outbuf_release(&c->text);
}

static void created_by(const struct event *ev, struct chain_text *last, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;

	text_key(out, "created by");
	if (!b->creator) {
		outbuf_puts(out,
			b->kind == BIRTH_PROGRAM ? "thrtrace, by execve\n" : "unknown: its creation was not seen\n");
		return;
	}
	outbuf_printf(out, "T%u", b->creator->label);
	if (b->creator_guessed)
		outbuf_puts(out,
			b->kind == BIRTH_IO_WORKER ? ", whose number is in its name" :
						     ", deduced from /proc: its creation was not seen");
	const struct frame *in = b->bt ? backtrace_maker(b->bt) : NULL;
	if (in) {
		outbuf_puts(out, " in ");
		frame_format(out, in);
	}
	if (b->bt && b->bt->n)
		chain(last, out, b->bt);
	outbuf_putc(out, '\n');
}

static void starts_in(const struct event *ev, struct outbuf *out)
{
	const struct start_routine *st = ev->u.birth.start;

	if (!st)
		return;
	text_key(out, "starts in");
	if (!st->known) {
		outbuf_printf(out, "unknown: %s\n", st->unknown ? st->unknown : "not looked for");
		return;
	}
	const struct frame *runs = start_runs(st, ev->u.birth.bt);
	frame_format(out, runs);
	if (runs != &st->at) {
		outbuf_puts(out, ", behind ");
		frame_format(out, &st->at);
	}
	if (st->arg_known)
		outbuf_printf(out, ", arg 0x%llx", (unsigned long long)st->arg);
	/* A library's constructor makes threads for itself: there the label says nothing of the program. */
	const struct frame *maker = ev->u.birth.bt ? backtrace_maker(ev->u.birth.bt) : NULL;
	if (maker && runs == &st->at && maker->pc == st->label.pc) {
		outbuf_puts(out, ", on behalf of ");
		frame_format(out, &st->label);
	}
	outbuf_putc(out, '\n');
}

/* ---- the flags ---- */

static void tls_detail(const struct call_clone *c, const struct birth_facts *f, struct outbuf *out)
{
	const struct abi *abi = abi_native();

	if (!c->tls_desc)
		outbuf_printf(out, "TLS base (%s) 0x%llx", abi && abi->tp_name ? abi->tp_name : "thread pointer",
			(unsigned long long)c->tls);
	else if (c->desc_read)
		outbuf_printf(out, "TLS base (of gs) 0x%llx, from the struct user_desc at 0x%llx",
			(unsigned long long)call_clone_tls(c), (unsigned long long)c->tls);
	else
		outbuf_printf(out, "TLS base (of gs) from the struct user_desc at 0x%llx", (unsigned long long)c->tls);
	if (f->tp_known && f->tp != call_clone_tls(c))
		outbuf_printf(out, ", but the register holds 0x%llx", (unsigned long long)f->tp);
}

/*
 * Writes a flag's sentence with the addresses of this one birth. False: the table's own sentence is to be used.
 */
static bool flag_detail(const struct event *ev, const struct model *m, uint64_t flag, struct outbuf *out)
{
	const struct call_clone *c = &ev->u.birth.args;
	const struct task *t = ev->task;

	switch (flag) {
	case CLONE_THREAD_:
		outbuf_printf(out, "thread group: getpid() is %d in both, gettid() differs", t->tgid);
		return true;
	case CLONE_SETTLS_:
		tls_detail(c, &ev->u.birth.facts, out);
		return true;
	case CLONE_PARENT_SETTID_:
		outbuf_printf(out, "tid stored at 0x%llx before %s returns", (unsigned long long)c->parent_tid,
			c->via == VIA_CLONE ? "clone" : "clone3");
		return true;
	case CLONE_CHILD_SETTID_:
		outbuf_printf(out, "the child stores its own tid at 0x%llx before its first instruction",
			(unsigned long long)c->child_tid);
		return true;
	case CLONE_CHILD_CLEARTID_:
		if (c->child_tid == c->parent_tid && (c->flags & CLONE_PARENT_SETTID_))
			outbuf_puts(out, "that word");
		else
			outbuf_printf(out, "0x%llx", (unsigned long long)c->child_tid);
		if (model_libc(m, t) == LIBC_MUSL && (c->flags & CLONE_THREAD_))
			outbuf_puts(out,
				" cleared and futex-woken at exit: musl's thread-list lock, no word of this thread");
		else if (c->flags & CLONE_THREAD_)
			outbuf_puts(out, " cleared and futex-woken at exit: pthread_join waits on it");
		else
			outbuf_puts(out, " cleared at exit, and futex-woken where the memory is still shared then");
		return true;
	case CLONE_PIDFD_:
		if (ev->u.birth.facts.pidfd_known)
			outbuf_printf(out, "the pidfd is %d, stored at 0x%llx", ev->u.birth.facts.pidfd,
				(unsigned long long)c->pidfd);
		else
			outbuf_printf(out, "a pidfd is stored at 0x%llx", (unsigned long long)c->pidfd);
		return true;
	case CLONE_INTO_CGROUP_:
		if (!ev->u.birth.facts.cgroup)
			return false;
		outbuf_puts(out, "the control group ");
		plain_format(out, ev->u.birth.facts.cgroup);
		outbuf_printf(out, ", whose descriptor is %llu", (unsigned long long)c->cgroup);
		return true;
	default:
		return false;
	}
}

/* The groups of flags in the order of the block. */
static const struct group_row {
	enum flag_group group;
	const char *title;
	unsigned width; /* of its names */
} group_rows[] = {
	{ FLAG_SHARES, "shares", 14 },
	{ FLAG_SETS_UP, "sets up", 20 },
	{ FLAG_NAMESPACE, "namespaces", 15 },
	{ FLAG_BEHAVES, "behaves", 14 },
	{ FLAG_OBSOLETE, "obsolete", 14 },
};

static void flag_group(const struct sink *s, const struct event *ev, const struct model *m,
	const struct group_row *group, struct outbuf *out)
{
	const struct call_clone *c = &ev->u.birth.args;
	enum flag_call call = c->via == VIA_CLONE3 ? ON_CLONE3 : ON_CLONE;
	bool first = true;

	for (unsigned bit = 8; bit < 64; bit++) {
		uint64_t flag = 1ULL << bit;
		const struct clone_flag *row = c->flags & flag ? clone_flag_of(flag, call) : NULL;
		if (!row || row->group != group->group)
			continue;
		text_key(out, first ? group->title : "");
		first = false;
		ink(s, out, INK_BOLD);
		outbuf_puts(out, row->name);
		ink(s, out, INK_OFF);
		for (size_t n = strlen(row->name); n < group->width; n++)
			outbuf_putc(out, ' ');
		outbuf_putc(out, ' ');
		if (!flag_detail(ev, m, flag, out))
			outbuf_puts(out, row->set);
		outbuf_putc(out, '\n');
	}
}

/* The numbers that clone3's set_tid asks for, which the kernel has given it: its own namespace's first. */
static void set_tids(const struct event *ev, struct outbuf *out)
{
	const struct call_clone *c = &ev->u.birth.args;

	if (!c->n_set_tid)
		return;
	text_key(out, "set_tid");
	outbuf_printf(out, "%d was asked for in its own pid namespace", c->set_tids[0]);
	for (uint32_t i = 1; i < c->n_set_tid; i++)
		outbuf_printf(out, "%s %d%s", i == 1 ? ", and" : ",", c->set_tids[i],
			i == 1 ? " in the one around it" : " in the next");
	outbuf_putc(out, '\n');
}

/* Of one that is like another all the same: no two have these alike. */
static void its_numbers(const struct event *ev, struct outbuf *out)
{
	const struct birth_facts *f = &ev->u.birth.facts;

	if (f->pidfd_known) {
		text_key(out, "pidfd");
		outbuf_printf(out, "%d\n", f->pidfd);
	}
	if (f->cgroup) {
		text_key(out, "cgroup");
		plain_format(out, f->cgroup);
		outbuf_putc(out, '\n');
	}
	set_tids(ev, out);
}

/* The resources that the table calls shared or not, in one line: what stays the task's own. */
static void its_own(const struct event *ev, struct outbuf *out)
{
	uint64_t flags = ev->u.birth.args.flags;

	text_key(out, "its own");
	outbuf_puts(out, "registers, kernel stack, tid, signal mask, ");
	if (!(flags & CLONE_VM_))
		outbuf_puts(out, "address space (copied on write), ");
	if (!(flags & CLONE_FILES_))
		outbuf_puts(out, "file descriptor table (copied), ");
	if (!(flags & CLONE_FS_))
		outbuf_puts(out, "working directory, ");
	if (!(flags & CLONE_SIGHAND_))
		outbuf_puts(out, "signal handlers (copied), ");
	if (flags & CLONE_SETTLS_)
		outbuf_puts(out, "errno, ");
	outbuf_puts(out, "name, nice value, robust list\n");
}

static void unknown_flags(const struct event *ev, struct outbuf *out)
{
	const struct call_clone *c = &ev->u.birth.args;
	enum flag_call call = c->via == VIA_CLONE3 ? ON_CLONE3 : ON_CLONE;
	uint64_t unknown = 0;

	for (unsigned bit = 8; bit < 64; bit++)
		if ((c->flags & 1ULL << bit) && !clone_flag_of(1ULL << bit, call))
			unknown |= 1ULL << bit;
	if (!unknown)
		return;
	text_key(out, "unknown");
	outbuf_printf(out, "0x%llx: no flag that thrtrace knows\n", (unsigned long long)unknown);
}

static void took(const struct ev_birth *b, struct outbuf *out)
{
	if (!b->call_ns)
		return;
	text_key(out, "took");
	if (b->stack_ns) {
		outbuf_puts(out, "stack ");
		duration_format(out, b->stack_ns);
		outbuf_puts(out, ", ");
	}
	outbuf_printf(out, "%s ", b->args.via ? via_word(b->args.via) : "");
	duration_format(out, b->call_ns);
	if (b->first_ns) {
		outbuf_puts(out, ", at its first instruction ");
		duration_format(out, b->first_ns);
		outbuf_puts(out, " after the call began");
	}
	outbuf_puts(out, b->observed ? "\n" : " (traced, so slower than it is)\n");
}

/* A line for clone3 arguments that could not be read, or may not be what the kernel has read. */
static void args_line(const struct ev_birth *b, struct outbuf *out)
{
	if (b->kind != BIRTH_CALL || !(b->defects & CALL_ARGS_DOUBTFUL))
		return;
	text_key(out, "arguments");
	outbuf_puts(out,
		b->defects & CALL_ARGS_UNREAD ? "!! could not be read" :
						"!! changed in memory while the call ran: another thread writes there");
	outbuf_puts(out, "; what it shares was found by kcmp, and what else was asked for is unknown\n");
}

/* ---- the block ---- */

static void headline(const struct sink *s, const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct task *t = ev->task;

	ink(s, out, INK_BIRTH);
	outbuf_printf(out, "== T%u (%s %d) is born: ", t->label, t->thread ? "tid" : "pid", t->id.tid);
	switch (b->kind) {
	case BIRTH_CALL:
	case BIRTH_UNTRACED:
		task_made_format(out, b->args.flags, b->defects, b->go);
		if (t->thread)
			outbuf_printf(out, " of process %d", t->tgid);
		break;
	case BIRTH_IO_WORKER:
		outbuf_puts(out, strncmp(t->comm, "iou-", 4) == 0 ? "an io_uring worker \"" : "a thread \"");
		plain_format(out, t->comm);
		outbuf_puts(out, "\", made inside the kernel: no call, no event, no user code");
		break;
	case BIRTH_OBSERVED:
		if (t->thread)
			outbuf_printf(out, "a thread of process %d", t->tgid);
		else
			outbuf_puts(out, "a process");
		break;
	case BIRTH_ADOPTED:
		outbuf_printf(out, "a task of process %d whose creation was not seen", t->tgid);
		break;
	case BIRTH_ATTACHED: /* text_attached.c */
	case BIRTH_PROGRAM:
		outbuf_puts(out, "the program");
		break;
	}
	ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
}

static void like(const struct event *ev, struct outbuf *out)
{
	text_key(out, "like");
	outbuf_printf(out, "T%u in flags and stack", ev->u.birth.like - 1);
	if (ev->task->tls_known) {
		outbuf_printf(out, "; TLS base 0x%llx", (unsigned long long)ev->task->tls);
	}
	outbuf_putc(out, '\n');
}

static void not_followed(const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;

	if (b->kind == BIRTH_CALL && (b->args.flags & (CLONE_UNTRACED_ | CLONE_PTRACE_)) == CLONE_UNTRACED_) {
		text_key(out, "traced");
		outbuf_puts(out,
			"all the same: thrtrace took CLONE_UNTRACED out of the word, for a task with its filter and no "
			"tracer "
			"has calls that fail; --no-seccomp leaves it in\n");
	}
	if (b->followed || b->kind == BIRTH_IO_WORKER)
		return;
	text_key(out, "not followed");
	if (b->kind == BIRTH_UNTRACED)
		outbuf_puts(out,
			"CLONE_UNTRACED: the kernel tells a tracer nothing of this task; known from the call's result "
			"alone\n");
	else if (ev->task->thread)
		outbuf_puts(out, "it runs on by itself: --only-thread asks for one thread alone\n");
	else
		outbuf_puts(out, "it runs on by itself; -f follows child processes too\n");
}

void text_birth(const struct sink *s, const struct event *ev, const struct model *m, struct chain_text *last,
	struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	bool brief = b->like && s->config.notes != NOTES_ALL;
	const struct stack_area *st = &ev->task->stack;

	headline(s, ev, out);
	created_by(ev, last, out);
	starts_in(ev, out);
	args_line(b, out);
	if (b->kind == BIRTH_OBSERVED && ev->task->thread)
		text_stack(ev, out);
	if (b->kind != BIRTH_CALL && b->kind != BIRTH_UNTRACED) {
		outbuf_putc(out, '\n');
		return;
	}
	if (brief) {
		like(ev, out);
		its_numbers(ev, out);
	} else {
		for (unsigned i = 0; i < ARRAY_SIZE(group_rows); i++)
			flag_group(s, ev, m, &group_rows[i], out);
		set_tids(ev, out);
		unknown_flags(ev, out);
		its_own(ev, out);
	}
	text_stack(ev, out);
	if (!brief && st->high && (st->kind == STACK_OWN_MAPPING || st->kind == STACK_CACHED))
		text_stack_diagram(ev, out);
	if (!brief)
		text_tls(ev, out);
	not_followed(ev, out);
	text_proof(s, ev, out);
	took(b, out);
	outbuf_putc(out, '\n');
}

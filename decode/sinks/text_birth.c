/* SPDX-License-Identifier: MIT */
#include "sinks/text_birth.h"

#include <string.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "sinks/ink.h"

#define KEY_COLUMN  3
#define TEXT_COLUMN 16
#define DIAGRAM     5

/* A line of a block: the key once, then the text; key "" continues the one above. */
static void key(struct outbuf *out, const char *name)
{
	static const char blanks[TEXT_COLUMN + 1] = "                ";
	size_t len = strlen(name), reached = KEY_COLUMN + len;

	outbuf_put(out, blanks, KEY_COLUMN);
	outbuf_put(out, name, len);
	if (reached < TEXT_COLUMN)
		outbuf_put(out, blanks, TEXT_COLUMN - reached);
}

/* ---- who made it, what it runs ---- */

/* Names are compared by their addresses: they live as long as the run (tracer/symbols.h). */
static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->pc == b->pc && a->symbol == b->symbol && a->module == b->module &&
		a->module_offset == b->module_offset;
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
		c->frame[i].file = NULL;
		frame_format(&c->text, &c->frame[i]);
		if (i)
			outbuf_puts(&c->text, " < ");
	}
}

static void chain(struct chain_text *last, struct outbuf *out, const struct backtrace *bt)
{
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

	key(out, "created by");
	if (!b->creator) {
		outbuf_puts(out,
			b->kind == BIRTH_PROGRAM ? "thrtrace, by execve\n" : "unknown: its creation was not seen\n");
		return;
	}
	outbuf_printf(out, "T%u", b->creator->label);
	if (b->creator_guessed)
		outbuf_puts(out, ", deduced from /proc: its creation was not seen");
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
	key(out, "starts in");
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
	/* Not where a constructor made it: the program then is whoever has loaded the library. */
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
	if (!c->tls_desc)
		outbuf_printf(out, "TLS base (fs_base) 0x%llx", (unsigned long long)c->tls);
	else if (c->desc_read)
		outbuf_printf(out, "TLS base (of gs) 0x%llx, from the struct user_desc at 0x%llx",
			(unsigned long long)call_clone_tls(c), (unsigned long long)c->tls);
	else
		outbuf_printf(out, "TLS base (of gs) from the struct user_desc at 0x%llx", (unsigned long long)c->tls);
	if (f->tp_known && f->tp != call_clone_tls(c))
		outbuf_printf(out, ", but the register holds 0x%llx", (unsigned long long)f->tp);
}

/*
 * What this one birth adds to the table's sentence: the addresses. False when the table's own sentence is to be used.
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
		outbuf_printf(out, "a pidfd is stored at 0x%llx", (unsigned long long)c->pidfd);
		return true;
	default:
		return false;
	}
}

static void flag_group(const struct sink *s, const struct event *ev, const struct model *m, enum flag_group group,
	const char *title, unsigned width, struct outbuf *out)
{
	const struct call_clone *c = &ev->u.birth.args;
	enum flag_call call = c->via == VIA_CLONE3 ? ON_CLONE3 : ON_CLONE;
	bool first = true;

	for (unsigned bit = 8; bit < 64; bit++) {
		uint64_t flag = 1ULL << bit;
		const struct clone_flag *row = c->flags & flag ? clone_flag_of(flag, call) : NULL;
		if (!row || row->group != group)
			continue;
		key(out, first ? title : "");
		first = false;
		ink(s, out, INK_BOLD);
		outbuf_puts(out, row->name);
		ink(s, out, INK_OFF);
		for (size_t n = strlen(row->name); n < width; n++)
			outbuf_putc(out, ' ');
		outbuf_putc(out, ' ');
		if (!flag_detail(ev, m, flag, out))
			outbuf_puts(out, row->set);
		outbuf_putc(out, '\n');
	}
}

/* The resources that the table calls shared or not, in one line: what stays the task's own. */
static void its_own(const struct event *ev, struct outbuf *out)
{
	uint64_t flags = ev->u.birth.args.flags;

	key(out, "its own");
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
	key(out, "unknown");
	outbuf_printf(out, "0x%llx: no flag that thrtrace knows\n", (unsigned long long)unknown);
}

/* ---- the stack ---- */

static const char *guard_name(enum guard_kind kind)
{
	switch (kind) {
	case GUARD_PROT_NONE:
		return "PROT_NONE";
	case GUARD_MADVISE:
		return "MADV_GUARD (inside the mapping)";
	case GUARD_RUNTIME:
		return "PROT_NONE, made by the program";
	case GUARD_KERNEL:
		return "the kernel's gap";
	case GUARD_NONE:
	case GUARD_UNKNOWN:
		break;
	}
	return "none";
}

/* A border of the diagram with its address: as many digits as the program's addresses have. */
static void edge_at(struct outbuf *out, taddr at)
{
	int digits = at >> 32 ? 12 : 8;

	outbuf_printf(out, "%*s0x%0*llx +---------------------------+\n", DIAGRAM + 12 - digits, "", digits,
		(unsigned long long)at);
}

static void diagram(const struct event *ev, struct outbuf *out)
{
	const struct stack_area *st = &ev->task->stack;
	taddr tls = ev->task->tls_known && ev->task->tls < st->high && ev->task->tls >= st->low ? ev->task->tls : 0;
	struct outbuf size;

	outbuf_init(&size, 64);
	edge_at(out, st->high);
	if (tls && tls > st->sp) {
		outbuf_printf(out, "%*s| %-20s%5llu |  <- tls 0x%llx\n", DIAGRAM + 15, "", "TLS, thread control",
			(unsigned long long)(st->high - tls), (unsigned long long)tls);
	}
	outbuf_printf(out, "%*s| %-25s |  <- sp  0x%llx\n", DIAGRAM + 15, "", "stack", (unsigned long long)st->sp);
	outbuf_printf(out, "%*s| %-25s |\n", DIAGRAM + 15, "", "  ...  grows down  ...");
	edge_at(out, st->low);
	if (st->guard_bytes) {
		size_format(&size, st->guard_bytes);
		outbuf_printf(out, "%*s| %-17s%8s |  a store here is SIGSEGV\n", DIAGRAM + 15, "",
			st->guard == GUARD_MADVISE ? "guard, MADV_GUARD" : "guard, PROT_NONE", outbuf_str(&size));
		edge_at(out, st->guard_low);
	}
	outbuf_release(&size);
}

static void stack_line(const struct event *ev, struct outbuf *out)
{
	const struct stack_area *st = &ev->task->stack;

	key(out, "stack");
	switch (st->kind) {
	case STACK_COPY:
		outbuf_puts(out, "a copy of its creator's, as the rest of its memory\n");
		return;
	case STACK_CREATORS:
		outbuf_puts(out,
			ev->u.birth.args.flags & CLONE_VFORK_ ?
				"its creator's own: CLONE_VFORK keeps the creator asleep until this task execs or "
				"ends\n" :
				"its creator's own, and both run: they overwrite each other's frames\n");
		return;
	case STACK_NO_USER:
		outbuf_puts(out, "none: it never runs user code\n");
		return;
	case STACK_MAIN:
	case STACK_OWN_MAPPING:
	case STACK_CACHED:
	case STACK_CALLER:
	case STACK_HEAP:
	case STACK_UNKNOWN:
		break;
	}
	if (st->high) {
		outbuf_printf(out, "0x%llx-0x%llx, ", (unsigned long long)st->low, (unsigned long long)st->high);
		size_format(out, st->high - st->low);
	} else {
		outbuf_printf(out, "sp 0x%llx, bounds unknown: %s", (unsigned long long)st->sp,
			st->unknown ? st->unknown : "not read");
	}
	if (st->guard == GUARD_NONE) {
		outbuf_puts(out, "; no guard: an overflow runs into what lies below");
	} else if (st->guard_bytes) {
		outbuf_printf(out, "; guard 0x%llx, ", (unsigned long long)st->guard_low);
		size_format(out, st->guard_bytes);
		outbuf_printf(out, ", %s", guard_name(st->guard));
	} else if (st->guard == GUARD_UNKNOWN) {
		outbuf_puts(out, "; guard unknown");
	}
	if (st->kind == STACK_CACHED)
		outbuf_puts(out, "; reused, no mmap: an ended thread's");
	else if (st->kind == STACK_CALLER && st->high)
		outbuf_puts(out, "; supplied by the program");
	outbuf_putc(out, '\n');
}

/* ---- thread-local storage ---- */

#define TLS_SHOWN 4

static void tls_line(const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct tls_layout *l = b->tls;
	size_t shown = 0;

	if (!l)
		return;
	key(out, "tls");
	if (b->tls_self == TLS_SELF_OK)
		outbuf_puts(out, "the word at the base points to itself, as the ABI asks; ");
	else if (b->tls_self == TLS_SELF_WRONG)
		outbuf_puts(out, "the word at the base does not point to itself, as x86 code expects; ");
	else if (b->tls_self == TLS_SELF_UNREADABLE)
		outbuf_puts(out, "nothing can be read at the base; ");
	if (!l->n) {
		outbuf_puts(out, "no module has thread-local variables\n");
		return;
	}
	outbuf_printf(out, "%llu bytes of thread-local variables in reach of it:", (unsigned long long)l->static_bytes);
	for (size_t i = 0; i < l->n && shown < TLS_SHOWN; i++, shown++) {
		const struct tls_part *p = &l->part[i];
		outbuf_puts(out, shown ? ", " : " ");
		plain_format(out, p->module);
		outbuf_printf(out, " %llu", (unsigned long long)p->size);
		if (p->placed)
			outbuf_printf(out, " at base%c0x%llx", p->offset < 0 ? '-' : '+',
				(unsigned long long)(p->offset < 0 ? -p->offset : p->offset));
		else
			outbuf_printf(out, " (%s)", p->unplaced ? p->unplaced : "place unknown");
	}
	if (shown < l->n || l->more)
		outbuf_printf(out, ", and %zu%s more", l->n - shown, l->more ? " or" : "");
	outbuf_putc(out, '\n');
}

/* ---- proof ---- */

static const struct {
	const char *name;
	uint64_t flag;
} proofs[PROOF_KINDS] = {
	[PROOF_VM] = { "VM", CLONE_VM_ },
	[PROOF_FILES] = { "FILES", CLONE_FILES_ },
	[PROOF_FS] = { "FS", CLONE_FS_ },
	[PROOF_SIGHAND] = { "SIGHAND", CLONE_SIGHAND_ },
	[PROOF_SYSVSEM] = { "SYSVSEM", CLONE_SYSVSEM_ },
	[PROOF_IO] = { "IO", CLONE_IO_ },
};

static unsigned list_proofs(
	const struct ev_birth *b, bool shared, bool maybe_absent, enum proof_answer answer, struct outbuf *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		bool wants = b->args.flags & proofs[i].flag;
		bool absent_ok = i == PROOF_SYSVSEM || i == PROOF_IO;
		if (wants != shared || b->facts.proof[i] != answer || absent_ok != maybe_absent)
			continue;
		outbuf_printf(out, "%s%s", n++ ? ", " : "", proofs[i].name);
	}
	return n;
}

static bool asked(const struct ev_birth *b)
{
	return b->facts.proof[0] != PROOF_NOT_ASKED;
}

/* "VM, FILES are the same objects; ..." for each group that is not empty. */
static void proof_part(const struct ev_birth *b, bool shared, bool absent, enum proof_answer answer, const char *one,
	const char *many, bool *ret_any, struct outbuf *out)
{
	struct outbuf names;

	outbuf_init(&names, 256);
	unsigned n = list_proofs(b, shared, absent, answer, &names);
	if (n) {
		outbuf_printf(out, "%s%s %s", *ret_any ? "; " : "", outbuf_str(&names), n == 1 ? one : many);
		*ret_any = true;
	}
	outbuf_release(&names);
}

/* SYSVSEM and IO, whatever the flags: "equal" may mean that neither task has one. */
static void proof_maybe(const struct ev_birth *b, bool *ret_any, struct outbuf *out)
{
	struct outbuf names;

	outbuf_init(&names, 256);
	unsigned n = list_proofs(b, true, true, PROOF_SAME, &names);
	size_t first = names.len;
	if (n)
		outbuf_puts(&names, ", ");
	if (list_proofs(b, false, true, PROOF_SAME, &names))
		n++;
	else
		names.len = first; /* nothing follows the comma */
	if (n)
		outbuf_printf(
			out, "%s%s: same or both absent (kcmp can't tell)", *ret_any ? "; " : "", outbuf_str(&names));
	*ret_any |= n != 0;
	outbuf_release(&names);
}

static const struct {
	const char *name;
	uint64_t flag;
} namespaces[NS_KINDS] = {
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP_ },
	[NS_IPC] = { "ipc", CLONE_NEWIPC_ },
	[NS_MNT] = { "mnt", CLONE_NEWNS_ },
	[NS_NET] = { "net", CLONE_NEWNET_ },
	[NS_PID] = { "pid", CLONE_NEWPID_ },
	[NS_TIME] = { "time", CLONE_NEWTIME_ },
	[NS_USER] = { "user", CLONE_NEWUSER_ },
	[NS_UTS] = { "uts", CLONE_NEWUTS_ },
};

/* Does the kernel say of this namespace what the flags promise? */
static bool namespace_wrong(const struct ev_birth *b, unsigned i)
{
	bool fresh = b->args.flags & (namespaces[i].flag | (i == NS_MNT ? CLONE_EMPTY_MNTNS_ : 0));

	return b->facts.ns[i] == (fresh ? PROOF_SAME : PROOF_DIFFERENT);
}

/* The thread group by tgkill(2), the namespaces by the inodes of /proc/PID/ns. */
static void proof_others(const struct ev_birth *b, struct outbuf *out)
{
	bool thread = b->args.flags & CLONE_THREAD_;
	unsigned same = 0, fresh = 0;

	if (b->facts.tgid == PROOF_SAME || b->facts.tgid == PROOF_DIFFERENT)
		outbuf_printf(out, "; tgkill: %s%s",
			b->facts.tgid == PROOF_SAME ? "in the same thread group" : "in a thread group of its own",
			(b->facts.tgid == PROOF_SAME) == thread ? "" : ", NOT as the flags say");
	for (unsigned i = 0; i < NS_KINDS; i++) {
		same += b->facts.ns[i] == PROOF_SAME && !namespace_wrong(b, i);
		if (b->facts.ns[i] != PROOF_DIFFERENT || namespace_wrong(b, i))
			continue;
		outbuf_printf(out, "%s%s", fresh++ ? ", " : "; /proc: new namespaces ", namespaces[i].name);
	}
	if (same)
		outbuf_printf(out, "; /proc: %s namespaces are the same", same == NS_KINDS ? "all" : "the other");
	for (unsigned i = 0; i < NS_KINDS; i++)
		if (namespace_wrong(b, i))
			outbuf_printf(out, "; the %s namespace is NOT as the flags say", namespaces[i].name);
}

static bool others_wrong(const struct ev_birth *b)
{
	bool thread = b->args.flags & CLONE_THREAD_;
	bool wrong = b->facts.tgid == (thread ? PROOF_DIFFERENT : PROOF_SAME);

	for (unsigned i = 0; i < NS_KINDS; i++)
		wrong |= namespace_wrong(b, i);
	return wrong;
}

static void proved(const struct sink *s, const struct ev_birth *b, struct outbuf *out)
{
	bool any = false, wrong = false;

	if (!asked(b))
		return;
	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		bool wants = b->args.flags & proofs[i].flag;
		bool absent_ok = i == PROOF_SYSVSEM || i == PROOF_IO;
		wrong |= wants && b->facts.proof[i] == PROOF_DIFFERENT;
		wrong |= !wants && !absent_ok && b->facts.proof[i] == PROOF_SAME;
	}
	wrong |= others_wrong(b);
	key(out, wrong ? "not so" : "proved");
	if (wrong)
		ink(s, out, INK_FINDING);
	outbuf_puts(out, wrong ? "!! kcmp: " : "kcmp: ");
	proof_part(b, true, false, PROOF_SAME, "is the same object", "are the same objects", &any, out);
	proof_part(b, true, false, PROOF_DIFFERENT, "DIFFERS, though the flags say shared",
		"DIFFER, though the flags say shared", &any, out);
	proof_part(b, true, true, PROOF_DIFFERENT, "DIFFERS, though the flags say shared",
		"DIFFER, though the flags say shared", &any, out);
	proof_part(b, false, false, PROOF_DIFFERENT, "differs, as it should", "differ, as they should", &any, out);
	proof_part(b, false, true, PROOF_DIFFERENT, "differs, as it should", "differ, as they should", &any, out);
	proof_part(b, false, false, PROOF_SAME, "is THE SAME, though the flags say copied",
		"are THE SAME, though the flags say copied", &any, out);
	proof_maybe(b, &any, out);
	proof_others(b, out);
	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		if (b->facts.proof[i] != PROOF_UNKNOWN)
			continue;
		const char *why = errno_text(b->facts.proof_errno);
		outbuf_printf(out, "%sthe rest could not be asked: %s", any ? "; " : "", why ? why : "unknown error");
		break;
	}
	if (wrong)
		ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
}

static void took(const struct ev_birth *b, struct outbuf *out)
{
	if (!b->call_ns)
		return;
	key(out, "took");
	if (b->stack_ns) {
		outbuf_puts(out, "stack ");
		duration_format(out, b->stack_ns);
		outbuf_puts(out, ", ");
	}
	static const char *const via[] = { "", "clone", "clone3", "fork", "vfork" };
	outbuf_printf(out, "%s ", via[b->args.via]);
	duration_format(out, b->call_ns);
	if (b->first_ns) {
		outbuf_puts(out, ", at its first instruction ");
		duration_format(out, b->first_ns);
		outbuf_puts(out, " after the call began");
	}
	outbuf_puts(out, " (traced, so slower than it is)\n");
}

/* What clone3 was given could not be read, or not when the kernel read it. */
static void args_line(const struct ev_birth *b, struct outbuf *out)
{
	if (b->kind != BIRTH_CALL || !(b->defects & CALL_ARGS_DOUBTFUL))
		return;
	key(out, "arguments");
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
		task_made_format(out, b->args.flags, b->defects);
		if (t->thread)
			outbuf_printf(out, " of process %d", t->tgid);
		break;
	case BIRTH_IO_WORKER:
		outbuf_puts(out, "an io_uring worker \"");
		plain_format(out, t->comm);
		outbuf_puts(out, "\", made inside the kernel: no call, no event, no user code");
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
	key(out, "like");
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
		key(out, "traced");
		outbuf_puts(out,
			"all the same: thrtrace took CLONE_UNTRACED out of the word, for a task with its filter and no "
			"tracer "
			"has calls that fail; --no-seccomp leaves it in\n");
	}
	if (b->followed || b->kind == BIRTH_IO_WORKER)
		return;
	key(out, "not followed");
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
	if (b->kind != BIRTH_CALL && b->kind != BIRTH_UNTRACED) {
		outbuf_putc(out, '\n');
		return;
	}
	if (brief) {
		like(ev, out);
	} else {
		flag_group(s, ev, m, FLAG_SHARES, "shares", 14, out);
		flag_group(s, ev, m, FLAG_SETS_UP, "sets up", 20, out);
		flag_group(s, ev, m, FLAG_NAMESPACE, "namespaces", 15, out);
		flag_group(s, ev, m, FLAG_BEHAVES, "behaves", 14, out);
		flag_group(s, ev, m, FLAG_OBSOLETE, "obsolete", 14, out);
		unknown_flags(ev, out);
		its_own(ev, out);
	}
	stack_line(ev, out);
	if (!brief && st->high && (st->kind == STACK_OWN_MAPPING || st->kind == STACK_CACHED))
		diagram(ev, out);
	if (!brief)
		tls_line(ev, out);
	not_followed(ev, out);
	proved(s, b, out);
	took(b, out);
	outbuf_putc(out, '\n');
}

/* ---- the end ---- */

void end_format(struct outbuf *out, const struct ev_end *e, uint32_t by_label_plus_1)
{
	switch (e->how) {
	case END_EXIT:
		outbuf_printf(out, "exit(%d)", e->status);
		return;
	case END_EXIT_GROUP:
		outbuf_printf(out, "exit_group(%d)", e->status);
		if (by_label_plus_1)
			outbuf_printf(out, " by T%u", by_label_plus_1 - 1);
		else if (e->by_other)
			outbuf_puts(out, " by another");
		return;
	case END_SIGNAL:
		if (!signal_format(out, (unsigned)e->sig))
			outbuf_printf(out, "signal %d", e->sig);
		if (e->core)
			outbuf_puts(out, ", core");
		return;
	case END_EXEC:
		outbuf_puts(out, "execve");
		if (by_label_plus_1)
			outbuf_printf(out, " by T%u", by_label_plus_1 - 1);
		return;
	case END_DETACHED:
		outbuf_puts(out, "left running");
		return;
	case END_UNSEEN:
		outbuf_puts(out, "unseen");
		return;
	}
}

static void end_stack(const struct event *ev, const struct model *m, struct outbuf *out)
{
	const struct task *t = ev->task;
	const struct ev_end *e = &ev->u.end;
	bool any = false;

	key(out, "stack");
	if (t->stack.touched_known) {
		outbuf_puts(out, "touched ");
		size_format(out, t->stack.touched);
		outbuf_puts(out, " of ");
		size_format(out, t->stack.high - t->stack.low);
		any = true;
	}
	if (e->robust_known && !e->robust_held) {
		outbuf_printf(out, "%s%s", any ? "; " : "", e->robust_absent ? "no robust list" : "robust list empty");
		any = true;
	}
	if (e->rseq_known) {
		outbuf_puts(out, e->rseq ? "; rseq registered" : "; no rseq");
		any = true;
	}
	if (t->joined) {
		outbuf_printf(out, "%sjoined by T%u", any ? "; " : "", t->joiner_label);
		if (t->join_after_ns) {
			outbuf_puts(out, " after ");
			duration_format(out, t->join_after_ns);
		}
		any = true;
	} else if (t->joiner) {
		outbuf_printf(out, "%sT%u waits to join it", any ? "; " : "", t->joiner_label);
		any = true;
	}
	if (!any)
		outbuf_puts(out,
			e->exit_stop_seen ? "nothing more is known" : "unknown: it was killed without an exit stop");
	outbuf_putc(out, '\n');
	(void)m;
}

static void end_robust(const struct sink *s, const struct ev_end *e, struct outbuf *out)
{
	if (!e->robust_held)
		return;
	key(out, "robust");
	ink(s, out, INK_FINDING);
	outbuf_printf(out,
		"!! it died holding %u%s robust mutex%s (lock word at 0x%llx): the kernel marks OWNER_DIED and wakes a "
		"waiter",
		e->robust_held, e->robust_more ? " or more" : "", e->robust_held == 1 ? "" : "es",
		(unsigned long long)e->robust_first);
	ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
}

void text_end(const struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	const struct task *t = ev->task;
	const struct ev_end *e = &ev->u.end;

	ink(s, out, INK_END);
	outbuf_printf(out, "== T%u (%s %d) has ended: ", t->label, t->thread ? "tid" : "pid", t->id.tid);
	end_format(out, e, e->by ? e->by->label + 1 : 0);
	outbuf_puts(out, e->before ? ", before thrtrace came" : " after ");
	if (!e->before)
		duration_format(out, (t->t_exit_ns ? t->t_exit_ns : ev->t_ns) - t->t_born_ns + t->age_ns);
	ink(s, out, INK_OFF);
	outbuf_putc(out, '\n');
	if (!e->before)
		end_stack(ev, m, out);
	end_robust(s, e, out);
	if (e->cpu_known) {
		key(out, "ran");
		duration_format(out, e->cpu_ns);
		outbuf_printf(
			out, " on CPU in %llu turn%s, waited ", (unsigned long long)e->turns, e->turns == 1 ? "" : "s");
		duration_format(out, e->wait_ns);
		outbuf_puts(out, " to run");
		if (e->split_known)
			outbuf_printf(out, "; %llu voluntary switch%s, %llu involuntary",
				(unsigned long long)e->voluntary, e->voluntary == 1 ? "" : "es",
				(unsigned long long)e->involuntary);
		outbuf_putc(out, '\n');
	} else if (e->cpu_spared) {
		key(out, "ran");
		outbuf_puts(out, "less than 1 ms: how much of it on CPU was not looked up\n");
	}
	outbuf_putc(out, '\n');
}

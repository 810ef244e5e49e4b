/* SPDX-License-Identifier: MIT */
#include "sinks/words.h"

#include <string.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

static const struct {
	const char *word, *origin;
} births[] = {
	[BIRTH_PROGRAM] = { "program", "by execve" },
	[BIRTH_CALL] = { NULL, NULL }, /* the call's flags say more */
	[BIRTH_ATTACHED] = { "attached", "before thrtrace attached" },
	[BIRTH_ADOPTED] = { "adopted", "unseen" },
	[BIRTH_UNTRACED] = { "untraced", NULL },
	[BIRTH_OBSERVED] = { "observed", "by a call that was not seen" },
	[BIRTH_IO_WORKER] = { "io_worker", "inside the kernel" },
};

const char *start_name(const struct ev_start *st)
{
	return st->argv && st->argv[0] ? st->argv[0] : st->comm;
}

const char *birth_word(const struct ev_birth *b)
{
	return b->kind == BIRTH_CALL ? task_sort_kind(task_sort_of(b->args.flags)) : births[b->kind].word;
}

const char *birth_origin(enum birth_kind kind)
{
	return births[kind].origin;
}

bool end_is_known(const struct task *t, const struct ev_end *e)
{
	return t->followed && e->how != END_DETACHED && !e->before;
}

const char *via_word(enum clone_via via)
{
	static const char *const words[] = {
		[VIA_NONE] = NULL,
		[VIA_CLONE] = "clone",
		[VIA_CLONE3] = "clone3",
		[VIA_FORK] = "fork",
		[VIA_VFORK] = "vfork",
	};

	return words[via];
}

static const struct {
	const char *word, *name;
} guards[] = {
	[GUARD_UNKNOWN] = { "none", "none" },
	[GUARD_NONE] = { "none", "none" },
	[GUARD_PROT_NONE] = { "PROT_NONE", "PROT_NONE" },
	[GUARD_MADVISE] = { "MADV_GUARD", "MADV_GUARD (inside the mapping)" },
	[GUARD_RUNTIME] = { "runtime", "PROT_NONE, made by the program" },
	[GUARD_READ_ONLY] = { "PROT_READ", "PROT_READ" },
	[GUARD_KERNEL] = { "kernel", "the kernel's gap" },
};

const char *guard_word(enum guard_kind kind)
{
	return guards[kind].word;
}

const char *guard_name(enum guard_kind kind)
{
	return guards[kind].name;
}

const char *end_wait_word(enum end_wait waits)
{
	static const char *const words[] = {
		[WAITS_TO_JOIN] = "joins",
		[WAITS_TO_DETACH] = "detaches",
		[WAITS_TO_CREATE] = "fails_to_create",
		[WAITS_EITHER] = "joins_or_detaches",
	};

	return words[waits];
}

const char *join_word(const struct task *t)
{
	if (t->joined && !t->joined_late)
		return t->noted == JOIN_DONE ? "joined" : "waited";
	switch (t->noted) {
	case JOIN_OPEN:
		return t->end.how == END_EXIT ? "not_yet" : NULL;
	case JOIN_NEVER:
		return "never";
	case JOIN_DETACHED:
		return "detached";
	case JOIN_DONE:
		return t->joined_late ? "late" : "joined";
	case JOIN_FREED:
		return "freed";
	case JOIN_NOT_KNOWN:
		break;
	}
	return NULL;
}

void join_format(struct outbuf *out, const struct task *t)
{
	const char *word = join_word(t);

	if (t->joined)
		outbuf_printf(out, "T%u%s", t->joiner_label, t->joined_late ? " (late)" : "");
	else if (word && t->noted != JOIN_OPEN)
		outbuf_puts(out, word);
}

const char *end_word(enum end_how how)
{
	static const char *const words[] = {
		[END_EXIT] = "exit",
		[END_EXIT_GROUP] = "exit_group",
		[END_SIGNAL] = "signal",
		[END_EXEC] = "exec",
		[END_DETACHED] = "detached",
		[END_WITH_OWNER] = "with_owner",
		[END_OBSERVED] = "observed",
		[END_UNSEEN] = "unseen",
	};

	return words[how];
}

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
		if (e->in_execve)
			outbuf_puts(out, ", inside execve: the program never ran");
		return;
	case END_EXEC:
		outbuf_puts(out, "execve");
		if (by_label_plus_1)
			outbuf_printf(out, " by T%u", by_label_plus_1 - 1);
		return;
	case END_DETACHED:
		outbuf_puts(out, "left running");
		return;
	case END_WITH_OWNER:
		if (by_label_plus_1)
			outbuf_printf(out, "by T%u's end", by_label_plus_1 - 1);
		else
			outbuf_puts(out, "by its process's end");
		return;
	case END_OBSERVED:
		if (e->status_known)
			outbuf_printf(out, "exit status %d", e->status);
		else
			outbuf_puts(out, "ended");
		return;
	case END_UNSEEN:
		outbuf_puts(out, "unseen");
		return;
	}
}

void task_end_format(struct outbuf *out, const struct task *t)
{
	if (t->life != TASK_DEAD)
		outbuf_puts(out, "alive");
	else if (t->end.how == END_DETACHED)
		outbuf_puts(out, t->followed ? "detached" : "not followed");
	else
		end_format(out, &t->end, t->end_by_label);
}

void task_runs_format(struct outbuf *out, const struct task *t)
{
	if (t->at.pc)
		frame_format(out,
			&(struct frame){ .pc = t->at.pc,
				.symbol = t->at.symbol,
				.module = t->at.module,
				.module_offset = t->at.module_offset });
}

void task_name_format(struct outbuf *out, const struct task *t)
{
	char name[COMM_LEN + 1];
	size_t n = strnlen(t->comm, COMM_LEN);

	memcpy(name, t->comm, n);
	name[n] = '\0';
	plain_format(out, name);
}

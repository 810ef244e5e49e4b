/* SPDX-License-Identifier: MIT */
/* Where a new task's stack and its thread-local storage lie: lines and a picture of the birth block. */
#include "sinks/text_block.h"

#include <thrtrace/abi.h>
#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "sinks/words.h"

#define DIAGRAM   5 /* column of its addresses */
#define TLS_SHOWN 4 /* modules that are named */

/* A border of the diagram with its address: as many digits as the program's addresses have. */
static void edge_at(struct outbuf *out, taddr at)
{
	int digits = at >> 32 ? 12 : 8;

	outbuf_printf(out, "%*s0x%0*llx +---------------------------+\n", DIAGRAM + 12 - digits, "", digits,
		(unsigned long long)at);
}

void text_stack_diagram(const struct event *ev, struct outbuf *out)
{
	const struct stack_area *st = &ev->task->stack;
	taddr tls = ev->task->tls_known && ev->task->tls < st->high && ev->task->tls >= st->low ? ev->task->tls : 0;
	struct outbuf size;

	outbuf_init(&size, 64);
	edge_at(out, st->high);
	if (tls && tls > st->sp) {
		const struct abi *abi = abi_native();
		bool above = abi && abi->tls_above_tp;
		outbuf_printf(out, "%*s| %-20s%5llu |  <- tls 0x%llx\n", DIAGRAM + 15, "",
			above ? "TLS" : "TLS, thread control", (unsigned long long)(st->high - tls),
			(unsigned long long)tls);
		if (above)
			outbuf_printf(out, "%*s| %-25s |\n", DIAGRAM + 15, "", "thread control");
	}
	outbuf_printf(out, "%*s| %-25s |  <- sp  0x%llx\n", DIAGRAM + 15, "", "stack", (unsigned long long)st->sp);
	outbuf_printf(out, "%*s| %-25s |\n", DIAGRAM + 15, "", "  ...  grows down  ...");
	edge_at(out, st->low);
	if (st->guard_bytes) {
		size_format(&size, st->guard_bytes);
		outbuf_printf(out, "%*s| guard, %-10s%8s |  a store here is SIGSEGV\n", DIAGRAM + 15, "",
			st->guard == GUARD_MADVISE           ? "MADV_GUARD" :
				st->guard == GUARD_READ_ONLY ? "PROT_READ" :
							       "PROT_NONE",
			outbuf_str(&size));
		edge_at(out, st->guard_low);
	}
	outbuf_release(&size);
}

void text_stack(const struct event *ev, struct outbuf *out)
{
	const struct stack_area *st = &ev->task->stack;

	text_key(out, "stack");
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
	} else if (!st->sp) {
		outbuf_printf(out, "unknown: %s", st->unknown ? st->unknown : "not read");
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
		outbuf_puts(out,
			st->high && st->kind == STACK_UNKNOWN ?
				", as its creator passed it; a guard may be the lowest part of that" :
				"; guard unknown");
	}
	if (st->kind == STACK_CACHED)
		outbuf_puts(out, "; reused, no mmap: an ended thread's");
	else if (st->kind == STACK_CALLER && st->high)
		outbuf_puts(out, "; supplied by the program");
	outbuf_putc(out, '\n');
}

void text_tls(const struct event *ev, struct outbuf *out)
{
	const struct ev_birth *b = &ev->u.birth;
	const struct tls_layout *l = b->tls;
	size_t shown = 0;

	if (!l)
		return;
	text_key(out, "tls");
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
	const struct abi *abi = abi_native();
	outbuf_printf(out,
		abi && abi->tls_above_tp ? "thread-local variables within %llu bytes above it:" :
					   "%llu bytes of thread-local variables in reach of it:",
		(unsigned long long)l->static_bytes);
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

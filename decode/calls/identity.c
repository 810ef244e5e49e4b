/* SPDX-License-Identifier: MIT */
/* What a task registers or says of itself: prctl, arch_prctl, sigaltstack, rseq. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <inttypes.h>
#include <string.h>

#include <thrtrace/uapi.h>

/* Places in prctl's row. */
enum { ROW_OP, ROW_ARG2, ROW_ARG3, ROW_ARG4, ROW_ARG5 };

static const struct prctl_op *operation(const struct call *c)
{
	return prctl_op_by_value((uint32_t)c->arg[ROW_OP]);
}

static bool names_vma(const struct call *c, const struct prctl_op *op)
{
	return op && op->style == PRCTL_VMA && c->arg[ROW_ARG2] == PR_SET_VMA_ANON_NAME_;
}

/*
 * Reads what fits of a string; false when not even that could be read. A hole behind the part that is kept is no
 * reason to fail: the kernel does not look there either.
 */
static bool text_read(struct call *c, const struct mem *mem, taddr at, char *buf, size_t size)
{
	ssize_t got = mem->read(mem->ctx, at, buf, size);
	size_t len = got > 0 ? strnlen(buf, (size_t)got) : 0;

	if (got <= 0 || (len == (size_t)got && len < size - 1)) {
		memset(buf, 0, size);
		return false;
	}
	if (len >= size - 1) {
		if ((size_t)got < size || buf[size - 1] != '\0')
			c->defects |= CALL_STRING_CUT;
		len = size - 1;
	}
	memset(buf + len, 0, size - len);
	return true;
}

void prctl_read(struct call *c, const struct mem *mem)
{
	const struct prctl_op *op = operation(c);
	struct call_name *name = &c->u.name;
	bool read = true;

	if (op && op->style == PRCTL_NAME) {
		read = text_read(c, mem, c->arg[ROW_ARG2], name->comm, sizeof(name->comm));
	} else if (names_vma(c, op) && c->arg[ROW_ARG5]) {
		read = text_read(c, mem, c->arg[ROW_ARG5], name->vma, sizeof(name->vma));
		memcpy(name->comm, name->vma, sizeof(name->comm) - 1);
	}
	if (!read)
		c->defects |= CALL_ARGS_UNREAD;
}

static enum arg_kind style_kind(enum prctl_style style)
{
	switch (style) {
	case PRCTL_NUMBER:
		return ARG_SIZE;
	case PRCTL_HEX:
		return ARG_HEX;
	case PRCTL_ADDR:
		return ARG_ADDR;
	case PRCTL_SIGNAL:
		return ARG_SIGNAL;
	case PRCTL_NAME:
	case PRCTL_VMA:
		return ARG_PRCTL_ARG2;
	}
	return ARG_HEX;
}

void prctl_view(const struct call *c, struct call_view *v)
{
	const struct prctl_op *op = operation(c);

	view_add(v, c, ROW_OP);
	if (op && op->style == PRCTL_VMA) {
		view_add(v, c, ROW_ARG2);
		view_add_as(v, c, ROW_ARG3, ARG_HEX);
		view_add_as(v, c, ROW_ARG4, ARG_SIZE);
		view_add(v, c, ROW_ARG5);
		return;
	}
	for (unsigned i = ROW_ARG2; i <= (op ? op->args : (unsigned)ROW_ARG5); i++)
		view_add_as(v, c, i, op ? style_kind(op->style) : ARG_HEX);
}

void prctl_op_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct prctl_op *op = operation(c);

	if (op) {
		outbuf_puts(out, op->name);
		return;
	}
	hex_format(out, (uint32_t)value);
	outbuf_puts(out, " /* PR_??? */");
}

static void text_format(const struct call *c, const char *text, uint64_t value, struct outbuf *out)
{
	if (!value || (c->defects & CALL_ARGS_UNREAD)) {
		addr_format(out, value);
		return;
	}
	quote_format(out, text, strlen(text));
	if (c->defects & CALL_STRING_CUT)
		outbuf_puts(out, "...");
}

void prctl_arg2_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct prctl_op *op = operation(c);

	if (op && op->style == PRCTL_NAME)
		text_format(c, c->u.name.comm, value, out);
	else if (names_vma(c, op))
		outbuf_puts(out, "PR_SET_VMA_ANON_NAME");
	else
		hex_format(out, value);
}

void prctl_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	if (names_vma(c, operation(c)))
		text_format(c, c->u.name.vma, value, out);
	else
		hex_format(out, value);
}

void arch_prctl_op_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	value_format(out, &table_arch_prctl_ops, (uint32_t)value);
}

/* stack_t: pointer, int, size_t; 24 bytes, or 12 with 32-bit pointers. */
void sigaltstack_read(struct call *c, const struct mem *mem)
{
	struct call_altstack *s = &c->u.altstack;
	uint32_t narrow[3] = { 0 };
	uint64_t wide[3] = { 0 };
	int err;

	if (!c->arg[0])
		return;
	if (call_word(c) == 4) {
		err = mem_read(mem, c->arg[0], narrow, sizeof(narrow));
		*s = (struct call_altstack){ .sp = narrow[0], .flags = (int32_t)narrow[1], .size = narrow[2] };
	} else {
		err = mem_read(mem, c->arg[0], wide, sizeof(wide));
		*s = (struct call_altstack){ .sp = wide[0], .flags = (int32_t)(uint32_t)wide[1], .size = wide[2] };
	}
	if (err) {
		*s = (struct call_altstack){ 0 };
		c->defects |= CALL_ARGS_UNREAD;
	}
}

void sigaltstack_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_altstack *s = &c->u.altstack;

	if (!value || (c->defects & CALL_ARGS_UNREAD)) {
		addr_format(out, value);
		return;
	}
	outbuf_puts(out, "{ss_sp=");
	addr_format(out, s->sp);
	outbuf_puts(out, ", ss_flags=");
	table_flags_format(out, &table_ss_flags, (uint32_t)s->flags);
	outbuf_printf(out, ", ss_size=%" PRIu64 "}", s->size);
}

void rseq_flags_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	table_flags_format(out, &table_rseq_flags, (uint32_t)value);
}

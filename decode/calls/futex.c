/* SPDX-License-Identifier: MIT */
/* futex: what it shows depends on the operation. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <inttypes.h>

#include <thrtrace/uapi.h>

/* Places in the row. */
enum { ROW_UADDR, ROW_OP, ROW_VAL, ROW_TIMEOUT, ROW_UADDR2, ROW_VAL3 };

static const struct futex_op *operation(const struct call *c)
{
	return futex_op_by_value((uint32_t)c->arg[ROW_OP] & FUTEX_CMD_MASK_);
}

void futex_read(struct call *c, const struct mem *mem)
{
	const struct futex_op *op = operation(c);
	taddr at = c->arg[ROW_TIMEOUT];
	int err;

	if (!op || !(op->uses & USES_TIMEOUT) || !at)
		return;
	const struct abi_alias *alias = call_alias(c);
	if (call_word(c) == 4 && !(alias && alias->time64)) { /* struct old_timespec32 */
		int32_t ts[2] = { 0 };
		err = mem_read(mem, at, ts, sizeof(ts));
		c->u.futex = (struct call_futex){ ts[0], ts[1] };
	} else {
		int64_t ts[2] = { 0 };
		err = mem_read(mem, at, ts, sizeof(ts));
		c->u.futex = (struct call_futex){ ts[0], ts[1] };
	}
	if (err) {
		c->u.futex = (struct call_futex){ 0 };
		c->defects |= CALL_ARGS_UNREAD;
	}
}

void futex_view(const struct call *c, struct call_view *v)
{
	const struct futex_op *op = operation(c);

	view_add(v, c, ROW_UADDR);
	view_add(v, c, ROW_OP);
	if (!op) {
		view_add(v, c, ROW_VAL);
		view_add_as(v, c, ROW_TIMEOUT, ARG_HEX);
		view_add(v, c, ROW_UADDR2);
		view_add_as(v, c, ROW_VAL3, ARG_HEX32);
		return;
	}
	if (op->uses & USES_VAL)
		view_add(v, c, ROW_VAL);
	if (op->uses & USES_TIMEOUT)
		view_add(v, c, ROW_TIMEOUT);
	if (op->uses & USES_VAL2) {
		view_add_as(v, c, ROW_TIMEOUT, ARG_UINT);
		v->arg[v->n - 1].name = "val2"; /* a number in the timeout's place (futex(2)) */
	}
	if ((op->uses & USES_UADDR2) ||
		(c->arg[ROW_OP] & FUTEX_ROBUST_UNLOCK_)) /* that has what is to be cleared, too */
		view_add(v, c, ROW_UADDR2);
	if (op->uses & (USES_VAL3 | USES_BITSET | USES_WAKE_OP))
		view_add(v, c, ROW_VAL3);
}

void futex_op_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct futex_op *op = operation(c);

	if (!op) {
		hex_format(out, (uint32_t)value);
		outbuf_puts(out, " /* FUTEX_??? */");
		return;
	}
	outbuf_printf(out, "%s%s%s%s%s", op->name, value & FUTEX_PRIVATE_FLAG_ ? "_PRIVATE" : "",
		value & FUTEX_CLOCK_REALTIME_ ? "|FUTEX_CLOCK_REALTIME" : "",
		value & FUTEX_ROBUST_UNLOCK_ ? "|FUTEX_ROBUST_UNLOCK" : "",
		value & FUTEX_ROBUST_LIST32_ ? "|FUTEX_ROBUST_LIST32" : "");
}

/* FUTEX_WAKE_OP packs operation, comparison and their two operands in one word (FUTEX_OP in the header). */
static void wake_op_format(uint32_t word, struct outbuf *out)
{
	static const char *const ops[] = { "SET", "ADD", "OR", "ANDN", "XOR" };
	static const char *const cmps[] = { "EQ", "NE", "LT", "LE", "GT", "GE" };
	uint32_t op = word >> 28 & 7, cmp = word >> 24 & 15;

	if (word >> 31)
		outbuf_puts(out, "FUTEX_OP_OPARG_SHIFT<<28|");
	if (op < ARRAY_SIZE(ops))
		outbuf_printf(out, "FUTEX_OP_%s<<28|", ops[op]);
	else
		outbuf_printf(out, "%#" PRIx32 "<<28 /* FUTEX_OP_??? */|", op);
	outbuf_printf(out, "%#" PRIx32 "<<12|", word >> 12 & 0xfff);
	if (cmp < ARRAY_SIZE(cmps))
		outbuf_printf(out, "FUTEX_OP_CMP_%s<<24|", cmps[cmp]);
	else
		outbuf_printf(out, "%#" PRIx32 "<<24 /* FUTEX_OP_CMP_??? */|", cmp);
	outbuf_printf(out, "%#" PRIx32, word & 0xfff);
}

void futex_val3_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct futex_op *op = operation(c);
	uint32_t word = (uint32_t)value;

	if (op && (op->uses & USES_WAKE_OP))
		wake_op_format(word, out);
	else if (op && (op->uses & USES_VAL3))
		outbuf_printf(out, "%" PRIu32, word);
	else if (word == FUTEX_BITSET_MATCH_ANY_)
		outbuf_puts(out, "FUTEX_BITSET_MATCH_ANY");
	else
		hex_format(out, word);
}

void timeout_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_futex *f = &c->u.futex;

	if (!value || (c->defects & CALL_ARGS_UNREAD))
		addr_format(out, value);
	else
		outbuf_printf(out, "{tv_sec=%" PRId64 ", tv_nsec=%" PRId64 "}", f->timeout_sec, f->timeout_nsec);
}

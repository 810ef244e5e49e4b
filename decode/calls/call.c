/* SPDX-License-Identifier: MIT */
/* System calls: from registers to struct call, from struct call to text. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <inttypes.h>
#include <string.h>

/* The calls with something behind their pointers. */
static void (*const readers[CALL_IDS])(struct call *c, const struct mem *mem) = {
	[CALL_clone] = clone_read,
	[CALL_clone3] = clone3_read,
	[CALL_fork] = fork_read,
	[CALL_vfork] = fork_read,
	[CALL_execve] = exec_read,
	[CALL_execveat] = exec_read,
	[CALL_futex] = futex_read,
	[CALL_prctl] = prctl_read,
	[CALL_sigaltstack] = sigaltstack_read,
	[CALL_sched_setaffinity] = sched_setaffinity_read,
	[CALL_sched_setscheduler] = sched_setscheduler_read,
	[CALL_sched_setattr] = sched_setattr_read,
};

/* The calls that do not simply show every argument of their row. */
static void (*const views[CALL_IDS])(const struct call *c, struct call_view *v) = {
	[CALL_clone] = clone_view,
	[CALL_futex] = futex_view,
	[CALL_prctl] = prctl_view,
	[CALL_mmap] = mmap_view,
};

static const struct arg_desc unknown_args[CALL_ARGS] = {
	{ "arg1", ARG_HEX },
	{ "arg2", ARG_HEX },
	{ "arg3", ARG_HEX },
	{ "arg4", ARG_HEX },
	{ "arg5", ARG_HEX },
	{ "arg6", ARG_HEX },
};

void call_decode(
	struct call *ret, const struct abi *abi, uint64_t nr, const uint64_t arg[CALL_ARGS], const struct mem *mem)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = call_by_nr(abi, nr);
	ret->nr = nr;
	ret->abi = abi;
	for (unsigned i = 0; i < CALL_ARGS; i++)
		ret->arg[i] = call_word(ret) == 4 ? (uint32_t)arg[i] : arg[i];
	if (ret->id < CALL_IDS && readers[ret->id])
		readers[ret->id](ret, mem);
}

static const struct arg_desc *row_args(const struct call *c)
{
	const struct call_row *row = call_row(c->id);

	return row ? row->args : unknown_args;
}

void view_add_as(struct call_view *v, const struct call *c, unsigned slot, enum arg_kind kind)
{
	const struct arg_desc *args = row_args(c);

	v->arg[v->n++] = (struct arg_view){ .name = args[slot].name, .kind = kind, .value = c->arg[slot] };
}

void view_add(struct call_view *v, const struct call *c, unsigned slot)
{
	const struct arg_desc *args = row_args(c);

	if (args[slot].kind != ARG_NONE)
		view_add_as(v, c, slot, args[slot].kind);
}

static void view_make(const struct call *c, struct call_view *v)
{
	v->n = 0;
	if (c->id < CALL_IDS && views[c->id]) {
		views[c->id](c, v);
		return;
	}
	for (unsigned i = 0; i < CALL_ARGS; i++)
		view_add(v, c, i);
}

void call_format(const struct call *call, struct outbuf *out)
{
	struct call_view v;

	view_make(call, &v);
	const char *name = call_name(call);
	if (name)
		outbuf_puts(out, name);
	else
		outbuf_printf(out, "syscall_%#" PRIx64, call->nr);
	outbuf_putc(out, '(');
	for (unsigned i = 0; i < v.n; i++) {
		if (i)
			outbuf_puts(out, ", ");
		if (v.arg[i].label)
			outbuf_printf(out, "%s=", v.arg[i].label);
		arg_format(call, &v.arg[i], out);
	}
	outbuf_putc(out, ')');
}

unsigned call_arg_count(const struct call *call)
{
	struct call_view v;

	view_make(call, &v);
	return v.n;
}

const char *call_arg_name(const struct call *call, unsigned i)
{
	struct call_view v;

	view_make(call, &v);
	return i < v.n ? v.arg[i].name : "";
}

uint64_t call_arg_value(const struct call *call, unsigned i)
{
	struct call_view v;

	view_make(call, &v);
	return i < v.n ? v.arg[i].value : 0;
}

void call_arg_format(const struct call *call, unsigned i, struct outbuf *out)
{
	struct call_view v;

	view_make(call, &v);
	if (i < v.n)
		arg_format(call, &v.arg[i], out);
}

static void error_format(int err, struct outbuf *out)
{
	const char *name = errno_name(err);

	if (!name)
		outbuf_printf(out, "-1 (errno %d)", err);
	else if ((err >= 512 && err <= 514) || err == 516) /* ERESTART*: the call will run again, or return EINTR */
		outbuf_printf(out, "? %s (%s)", name, errno_text(err));
	else
		outbuf_printf(out, "-1 %s (%s)", name, errno_text(err));
}

void call_result_format(const struct call *call, int64_t result, struct outbuf *out)
{
	const struct call_row *row = call_row(call->id);
	enum ret_kind kind = row ? row->ret : RET_INT;
	uint64_t value = call_word(call) == 4 ? (uint32_t)result : (uint64_t)result;

	if (call_failed(result)) {
		error_format((int)-result, out);
		return;
	}
	switch (kind) {
	case RET_NONE:
		outbuf_putc(out, '?');
		return;
	case RET_ADDR:
		hex_format(out, value);
		return;
	case RET_INT:
	case RET_TID:
	case RET_FD:
		outbuf_printf(out, "%" PRId64, result);
		return;
	}
}

/* SPDX-License-Identifier: MIT */
/* What a call shows of its arguments, put together. */
#include "calls/calls.h"

static const struct arg_desc unknown_args[CALL_ARGS] = {
	{ "arg1", ARG_HEX },
	{ "arg2", ARG_HEX },
	{ "arg3", ARG_HEX },
	{ "arg4", ARG_HEX },
	{ "arg5", ARG_HEX },
	{ "arg6", ARG_HEX },
};

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

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

static bool same_request(const struct call *a, const struct call *b)
{
	const struct call_clone *x = &a->u.clone, *y = &b->u.clone;

	return a->defects == b->defects && x->flags == y->flags && x->pidfd == y->pidfd &&
		x->child_tid == y->child_tid && x->parent_tid == y->parent_tid && x->exit_signal == y->exit_signal &&
		x->stack == y->stack && x->stack_size == y->stack_size && x->tls == y->tls &&
		x->set_tid == y->set_tid && x->set_tid_size == y->set_tid_size && x->cgroup == y->cgroup &&
		x->args_read == y->args_read && x->n_set_tid == y->n_set_tid &&
		memcmp(x->set_tids, y->set_tids, sizeof(x->set_tids)) == 0;
}

void call_recheck(struct call *call, const struct mem *mem)
{
	struct call now;

	if (call->id != CALL_clone3)
		return;
	call_decode(&now, call->abi, call->nr, call->arg, mem);
	now.defects |= call->defects & CALL_ARGS_CHANGED;
	if (!same_request(call, &now))
		call->defects |= CALL_ARGS_CHANGED;
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

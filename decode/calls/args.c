/* SPDX-License-Identifier: MIT */
/* How each kind of argument is shown; the simple ones here, the others beside their calls. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <fcntl.h>
#include <inttypes.h>

#include <thrtrace/uapi.h>

static void none_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	(void)value;
	(void)out;
}

static void int_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	outbuf_printf(out, "%" PRId32, (int32_t)(uint32_t)value);
}

static void long_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	int64_t v = call_word(c) == 4 ? (int32_t)(uint32_t)value : (int64_t)value;

	outbuf_printf(out, "%" PRId64, v);
}

static void uint_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	outbuf_printf(out, "%" PRIu32, (uint32_t)value);
}

static void size_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	outbuf_printf(out, "%" PRIu64, value);
}

static void hex_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	hex_format(out, value);
}

static void hex32_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	hex_format(out, (uint32_t)value);
}

static void addr_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	addr_format(out, value);
}

static void fd_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	if ((int32_t)(uint32_t)value == AT_FDCWD)
		outbuf_puts(out, "AT_FDCWD");
	else
		int_format(c, value, out);
}

static void signal_arg_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	if (!signal_format(out, (uint32_t)value))
		int_format(c, value, out);
}

static void ptrace_op_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	value_format(out, &table_ptrace_ops, value);
}

const char *ptrace_gives_tracer(uint64_t op)
{
	bool gives = op == PTRACE_TRACEME_ || op == PTRACE_ATTACH_ || op == PTRACE_SEIZE_;

	for (size_t i = 0; gives && i < table_ptrace_ops.n; i++)
		if (table_ptrace_ops.rows[i].value == op)
			return table_ptrace_ops.rows[i].name;
	return NULL;
}

static void pidfd_flags_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	table_flags_format(out, &table_pidfd_flags, (uint32_t)value);
}

static void (*const formatters[ARG_KINDS])(const struct call *c, uint64_t value, struct outbuf *out) = {
	[ARG_NONE] = none_format,
	[ARG_INT] = int_format,
	[ARG_LONG] = long_format,
	[ARG_UINT] = uint_format,
	[ARG_SIZE] = size_arg_format,
	[ARG_HEX] = hex_arg_format,
	[ARG_HEX32] = hex32_format,
	[ARG_ADDR] = addr_arg_format,
	[ARG_FD] = fd_format,
	[ARG_TID] = int_format,
	[ARG_SIGNAL] = signal_arg_format,
	[ARG_STATUS] = int_format,
	[ARG_PROT] = prot_format,
	[ARG_MMAP_FLAGS] = mmap_flags_format,
	[ARG_MMAP_OFFSET] = hex_arg_format,
	[ARG_MADVICE] = madvice_format,
	[ARG_FUTEX_OP] = futex_op_format,
	[ARG_FUTEX_VAL3] = futex_val3_format,
	[ARG_TIMEOUT] = timeout_format,
	[ARG_CLONE_FLAGS] = clone_flags_arg_format,
	[ARG_CLONE_ARGS] = clone_args_format,
	[ARG_NS_FLAGS] = ns_flags_format,
	[ARG_PRCTL_OP] = prctl_op_format,
	[ARG_PRCTL_ARG2] = prctl_arg2_format,
	[ARG_PRCTL_ARG] = prctl_arg_format,
	[ARG_ARCH_PRCTL_OP] = arch_prctl_op_format,
	[ARG_PATH] = path_format,
	[ARG_STRINGS] = strings_format,
	[ARG_AT_FLAGS] = at_flags_format,
	[ARG_SIGALTSTACK] = sigaltstack_format,
	[ARG_CPUSET] = cpuset_format,
	[ARG_SCHED_POLICY] = sched_policy_format,
	[ARG_SCHED_PARAM] = sched_param_format,
	[ARG_SCHED_ATTR] = sched_attr_format,
	[ARG_PRIO_WHICH] = prio_which_format,
	[ARG_PTRACE_OP] = ptrace_op_format,
	[ARG_PIDFD_FLAGS] = pidfd_flags_format,
	[ARG_RSEQ_FLAGS] = rseq_flags_format,
};

void arg_format(const struct call *c, const struct arg_view *arg, struct outbuf *out)
{
	formatters[arg->kind](c, arg->value, out);
}

/* SPDX-License-Identifier: MIT */
/*
 * What the files of decode/calls/ share: rows, readers, views, formatters.
 *
 * A reader fills u and defects from memory when the call begins. A view says which arguments are shown, in which order
 * and how; where there is none, every argument of the row is. A formatter shows one argument.
 */
#ifndef DECODE_CALLS_H
#define DECODE_CALLS_H

#include <thrtrace/abi.h>
#include <thrtrace/call.h>

struct arg_view {
	const char *name;  /* the JSON key */
	const char *label; /* "child_stack": what stands before the value in the line, or NULL */
	enum arg_kind kind;
	uint64_t value;
};

struct call_view {
	unsigned n;
	struct arg_view arg[CALL_ARGS];
};

/* call.c: the argument in this place of the row, shown as the row says. */
void view_add(struct call_view *v, const struct call *c, unsigned slot);
/* The argument in this place of the row, shown as kind says. */
void view_add_as(struct call_view *v, const struct call *c, unsigned slot, enum arg_kind kind);

/* rows.c: bytes of a pointer in the caller. */
unsigned call_word(const struct call *c);
/* Which other form of the call its number stands for; NULL: none. */
const struct abi_alias *call_alias(const struct call *c);

void clone_read(struct call *c, const struct mem *mem);
void clone3_read(struct call *c, const struct mem *mem);
void fork_read(struct call *c, const struct mem *mem);
void exec_read(struct call *c, const struct mem *mem);
void futex_read(struct call *c, const struct mem *mem);
void prctl_read(struct call *c, const struct mem *mem);
void sigaltstack_read(struct call *c, const struct mem *mem);
void sched_setaffinity_read(struct call *c, const struct mem *mem);
void sched_setscheduler_read(struct call *c, const struct mem *mem);
void sched_setattr_read(struct call *c, const struct mem *mem);

void clone_view(const struct call *c, struct call_view *v);
void futex_view(const struct call *c, struct call_view *v);
void prctl_view(const struct call *c, struct call_view *v);
void mmap_view(const struct call *c, struct call_view *v);

void clone_flags_arg_format(const struct call *c, uint64_t value, struct outbuf *out);
void clone_args_format(const struct call *c, uint64_t value, struct outbuf *out);
void ns_flags_format(const struct call *c, uint64_t value, struct outbuf *out);
void path_format(const struct call *c, uint64_t value, struct outbuf *out);
void strings_format(const struct call *c, uint64_t value, struct outbuf *out);
void at_flags_format(const struct call *c, uint64_t value, struct outbuf *out);
void prot_format(const struct call *c, uint64_t value, struct outbuf *out);
void mmap_flags_format(const struct call *c, uint64_t value, struct outbuf *out);
void madvice_format(const struct call *c, uint64_t value, struct outbuf *out);
void futex_op_format(const struct call *c, uint64_t value, struct outbuf *out);
void futex_val3_format(const struct call *c, uint64_t value, struct outbuf *out);
void timeout_format(const struct call *c, uint64_t value, struct outbuf *out);
void prctl_op_format(const struct call *c, uint64_t value, struct outbuf *out);
void prctl_arg2_format(const struct call *c, uint64_t value, struct outbuf *out);
void prctl_arg_format(const struct call *c, uint64_t value, struct outbuf *out);
void arch_prctl_op_format(const struct call *c, uint64_t value, struct outbuf *out);
void sigaltstack_format(const struct call *c, uint64_t value, struct outbuf *out);
void rseq_flags_format(const struct call *c, uint64_t value, struct outbuf *out);
void cpuset_format(const struct call *c, uint64_t value, struct outbuf *out);
void sched_policy_format(const struct call *c, uint64_t value, struct outbuf *out);
void sched_param_format(const struct call *c, uint64_t value, struct outbuf *out);
void sched_attr_format(const struct call *c, uint64_t value, struct outbuf *out);
void prio_which_format(const struct call *c, uint64_t value, struct outbuf *out);

/* args.c */
void arg_format(const struct call *c, const struct arg_view *arg, struct outbuf *out);

#endif

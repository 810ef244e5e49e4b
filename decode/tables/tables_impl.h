/* SPDX-License-Identifier: MIT */
/* The tables of decode/tables/ as the decoders of decode/calls/ use them. */
#ifndef DECODE_TABLES_IMPL_H
#define DECODE_TABLES_IMPL_H

#include <thrtrace/tables.h>

#include "text/fmt.h"

struct name_table {
	const struct name_row *rows;
	size_t n;
	const char *unknown; /* "MADV_???": said of a value that has no name */
};

extern const struct name_table table_prot, table_mmap_flags, table_mmap_flags_x86, table_map_types, table_madvice,
	table_arch_prctl_ops, table_at_flags, table_ss_flags, table_prio_which, table_ptrace_ops, table_pidfd_flags,
	table_rseq_flags, table_sched_policies, table_sched_flags;

/* How prctl's arguments 2 to 5 are shown; see prctl_ops.def. */
enum prctl_style { PRCTL_NUMBER, PRCTL_HEX, PRCTL_ADDR, PRCTL_SIGNAL, PRCTL_NAME, PRCTL_VMA };

struct prctl_op {
	const char *name;
	uint32_t value;
	uint8_t args;
	enum prctl_style style;
};

/* Which arguments a futex operation reads; see futex_ops.def. */
enum futex_uses {
	USES_VAL = 1 << 0,
	USES_TIMEOUT = 1 << 1,
	USES_VAL2 = 1 << 2,
	USES_UADDR2 = 1 << 3,
	USES_VAL3 = 1 << 4,
	USES_BITSET = 1 << 5,
	USES_WAKE_OP = 1 << 6,
};

struct futex_op {
	const char *name;
	uint8_t value;
	uint8_t uses; /* enum futex_uses */
};

/* NULL when unknown. op without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME. */
const struct futex_op *futex_op_by_value(uint32_t op);
const struct prctl_op *prctl_op_by_value(uint32_t op);

/* The name; or, as a comment behind the hexadecimal value, that there is none (MADV_???). */
void value_format(struct outbuf *out, const struct name_table *t, uint64_t value);
/* flags_format over a table. */
void table_flags_format(struct outbuf *out, const struct name_table *t, uint64_t value);
#endif

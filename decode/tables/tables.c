/* SPDX-License-Identifier: MIT */
/* Builds the constant tables from the .def files beside it, and reads them. */
#include "tables/tables_impl.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

#define ONE_BIT(v) ((v) != 0 && ((v) & ((v)-1)) == 0)
#define NAMES(rows, unknown)                                                                                           \
	{                                                                                                              \
		rows, ARRAY_SIZE(rows), unknown                                                                        \
	}

/* A flag is one bit, or flags_format could not take a word apart. */
#define FLAG(name, value)     _Static_assert(ONE_BIT(value), #name);
#define X86_FLAG(name, value) FLAG(name, value)
#include "mmap_flags.def"
#include "prot.def"
#include "sched_flags.def"
#define VALUE(name, value)
#define TABLE(name)
#define END
#include "small.def"
#undef END
#undef TABLE
#undef X86_FLAG
#undef FLAG
#undef VALUE

#define VALUE(name, value) { #name, value },
#define FLAG(name, value)  { #name, value },
#define TABLE(name)        static const struct name_row name##_rows[] = {
#define END                                                                                                            \
	}                                                                                                              \
	;
#include "small.def"
#undef END
#undef TABLE

static const struct name_row prot_rows[] = {
#include "prot.def"
};
static const struct name_row madvice_rows[] = {
#include "madvice.def"
};
static const struct name_row arch_prctl_op_rows[] = {
#include "arch_prctl_ops.def"
};
static const struct name_row ptrace_op_rows[] = {
#include "ptrace_ops.def"
};
static const struct name_row sched_policy_rows[] = {
#include "sched_policies.def"
};
static const struct name_row sched_flag_rows[] = {
#include "sched_flags.def"
};
static const struct name_row mmap_flag_x86_rows[] = {
#define X86_FLAG(name, value) FLAG(name, value)
#include "mmap_flags.def"
#undef X86_FLAG
};
static const struct name_row mmap_flag_rows[] = {
#define X86_FLAG(name, value)
#include "mmap_flags.def"
#undef X86_FLAG
};
#undef FLAG
#undef VALUE

const struct name_table table_prot = NAMES(prot_rows, "PROT_???");
const struct name_table table_mmap_flags = NAMES(mmap_flag_rows, "MAP_???");
const struct name_table table_mmap_flags_x86 = NAMES(mmap_flag_x86_rows, "MAP_???");
const struct name_table table_map_types = NAMES(map_types_rows, "MAP_???");
const struct name_table table_madvice = NAMES(madvice_rows, "MADV_???");
const struct name_table table_arch_prctl_ops = NAMES(arch_prctl_op_rows, "ARCH_???");
const struct name_table table_at_flags = NAMES(at_flags_rows, "AT_???");
const struct name_table table_ss_flags = NAMES(ss_flags_rows, "SS_???");
const struct name_table table_prio_which = NAMES(prio_which_rows, "PRIO_???");
const struct name_table table_ptrace_ops = NAMES(ptrace_op_rows, "PTRACE_???");
const struct name_table table_pidfd_flags = NAMES(pidfd_flags_rows, "PIDFD_???");
const struct name_table table_rseq_flags = NAMES(rseq_flags_rows, "RSEQ_???");
const struct name_table table_sched_policies = NAMES(sched_policy_rows, "SCHED_???");
const struct name_table table_sched_flags = NAMES(sched_flag_rows, "SCHED_FLAG_???");

static const struct futex_op futex_ops[] = {
#define FUTEX(name, value, uses) { #name, value, uses },
#include "futex_ops.def"
#undef FUTEX
};

static const struct prctl_op prctl_ops[] = {
#define PRCTL(name, value, args, style) { #name, value, args, PRCTL_##style },
#include "prctl_ops.def"
#undef PRCTL
};

static const char *const signal_names[] = {
#define SIGNAL(name, number) [number] = #name,
#include "signals.def"
#undef SIGNAL
};

static const struct {
	const char *name, *text;
} errnos[] = {
#define ERRNO(name, value, text) [value] = { #name, text },
#include "errnos.def"
#undef ERRNO
};

static const struct {
	const char *name;
	int sig, code;
} si_codes[] = {
#define SI_CODE(sig, name, value) { #name, sig, value },
#include "si_codes.def"
#undef SI_CODE
};

const char *name_of(const struct name_row *rows, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].value == value)
			return rows[i].name;
	}
	return NULL;
}

void flags_format(struct outbuf *out, const struct name_row *rows, size_t n, uint64_t value)
{
	const char *sep = "";

	for (size_t i = 0; i < n; i++) {
		if (rows[i].value == 0 || (value & rows[i].value) != rows[i].value)
			continue;
		outbuf_printf(out, "%s%s", sep, rows[i].name);
		value &= ~rows[i].value;
		sep = "|";
	}
	if (value != 0 || *sep == '\0') {
		outbuf_puts(out, sep);
		hex_format(out, value);
	}
}

void table_flags_format(struct outbuf *out, const struct name_table *t, uint64_t value)
{
	flags_format(out, t->rows, t->n, value);
}

void value_format(struct outbuf *out, const struct name_table *t, uint64_t value)
{
	const char *name = name_of(t->rows, t->n, value);

	if (name) {
		outbuf_puts(out, name);
		return;
	}
	hex_format(out, value);
	outbuf_printf(out, " /* %s */", t->unknown);
}

const struct futex_op *futex_op_by_value(uint32_t op)
{
	for (size_t i = 0; i < ARRAY_SIZE(futex_ops); i++) {
		if (futex_ops[i].value == op)
			return &futex_ops[i];
	}
	return NULL;
}

const struct prctl_op *prctl_op_by_value(uint32_t op)
{
	for (size_t i = 0; i < ARRAY_SIZE(prctl_ops); i++) {
		if (prctl_ops[i].value == op)
			return &prctl_ops[i];
	}
	return NULL;
}

const char *errno_name(int err)
{
	return err > 0 && (size_t)err < ARRAY_SIZE(errnos) ? errnos[err].name : NULL;
}

const char *errno_text(int err)
{
	return err > 0 && (size_t)err < ARRAY_SIZE(errnos) ? errnos[err].text : NULL;
}

#define FIRST_RT    32 /* the kernel's SIGRTMIN; the C library keeps 32 and 33 (and more) for itself and starts later */
#define LAST_SIGNAL 64

bool signal_format(struct outbuf *out, unsigned sig)
{
	if (sig == 0 || sig > LAST_SIGNAL)
		return false;
	if (sig < FIRST_RT)
		outbuf_puts(out, signal_names[sig]);
	else if (sig == FIRST_RT)
		outbuf_puts(out, "SIGRTMIN");
	else
		outbuf_printf(out, "SIGRT_%u", sig - FIRST_RT);
	return true;
}

unsigned signal_by_name(const char *name, size_t len)
{
	struct outbuf one;
	unsigned found = 0;

	outbuf_init(&one, 64);
	for (unsigned sig = 1; sig <= LAST_SIGNAL && !found; sig++) {
		outbuf_clear(&one);
		if (signal_format(&one, sig) && one.len == len && strncasecmp(outbuf_str(&one), name, len) == 0)
			found = sig;
	}
	outbuf_release(&one);
	return found;
}

const char *si_code_name(int sig, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(si_codes); i++) {
		if (si_codes[i].code == code && (si_codes[i].sig == sig || si_codes[i].sig == 0))
			return si_codes[i].name;
	}
	return NULL;
}

const char *policy_word(int policy)
{
	const char *name = name_of(table_sched_policies.rows, table_sched_policies.n, (uint64_t)policy);

	return name ? name : table_sched_policies.unknown;
}

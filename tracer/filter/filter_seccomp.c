/* SPDX-License-Identifier: MIT */
/* The filter as rules for libseccomp, which makes BPF of them. */
#include "filter/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <thrtrace/abi.h>
#include <thrtrace/uapi.h>

#include "kernel/kernel.h"
#include "kernel/kernel_arch.h"

#define FUTEX_WHAT 0xff /* the operation and the private bit, but not FUTEX_CLOCK_REALTIME */

/* libseccomp's own SCMP_CMP leaves a field out, which clang's -Wextra does not let pass. */
#define IS(arg, op, value)                                                                                             \
	{                                                                                                              \
		(arg), SCMP_CMP_##op, (value), 0                                                                       \
	}
#define MASKED(arg, mask, value)                                                                                       \
	{                                                                                                              \
		(arg), SCMP_CMP_MASKED_EQ, (mask), (value)                                                             \
	}

/* One condition set per rule: rules of one call are ored, conditions in a rule are anded. */
struct rule {
	enum call_id id;
	unsigned n;
	struct scmp_arg_cmp cmp[2];
};

/* Stands for struct abi's rseq_sig. Where there is no struct abi it stays: no call passes it, so all of them stop. */
#define RSEQ_SIG UINT64_MAX

/*
 * With the default choice, calls that a busy program makes all the time stop only in the forms that matter to a
 * thread. munmap has no flag to tell by and is left out: a stack that is gone is noticed when its place is taken.
 */
static const struct rule narrow[] = {
	{ CALL_mmap, 1, { MASKED(3, MAP_STACK, MAP_STACK) } },
	{ CALL_mmap, 2, { IS(2, EQ, PROT_NONE), MASKED(3, MAP_ANONYMOUS | MAP_NORESERVE, MAP_ANONYMOUS) } },
	{ CALL_mprotect, 1, { IS(2, EQ, PROT_NONE) } }, { CALL_madvise, 1, { IS(2, EQ, MADV_DONTNEED) } },
	{ CALL_madvise, 1, { IS(2, EQ, MADV_GUARD_INSTALL_) } }, { CALL_madvise, 1, { IS(2, EQ, MADV_GUARD_REMOVE_) } },
	{ CALL_futex, 1, { MASKED(1, FUTEX_WHAT, FUTEX_WAIT_) } },
	{ CALL_futex, 1, { MASKED(1, FUTEX_WHAT, FUTEX_WAIT_BITSET_) } }, { CALL_prctl, 1, { IS(0, EQ, PR_SET_NAME) } },
	{ CALL_prctl, 1, { IS(0, EQ, PR_SET_PDEATHSIG) } }, { CALL_prctl, 1, { IS(0, EQ, PR_SET_VMA) } },
	{ CALL_prctl, 1, { IS(0, EQ, PR_SET_SECCOMP) } }, { CALL_ptrace, 1, { IS(0, EQ, PTRACE_TRACEME) } },
	{ CALL_ptrace, 1, { IS(0, EQ, PTRACE_ATTACH) } }, { CALL_ptrace, 1, { IS(0, EQ, PTRACE_SEIZE) } },
	{ CALL_tgkill, 1, { IS(2, EQ, 32) } }, { CALL_tgkill, 1, { IS(2, EQ, 33) } },
	{ CALL_tgkill, 1, { IS(2, EQ, 34) } }, { CALL_tkill, 1, { IS(1, GE, 32), IS(1, LE, 34) } },
	/* What a C library does for each new thread: found at the thread's next stop. Any other form stops. */
	{ CALL_rseq, 1, { IS(1, NE, FILTER_RSEQ_BYTES) } }, { CALL_rseq, 1, { IS(2, NE, 0) } },
	{ CALL_rseq, 1, { IS(3, NE, RSEQ_SIG) } }, { CALL_set_robust_list, 1, { IS(1, NE, FILTER_ROBUST_BYTES) } },
	{ CALL_munmap, 0, { { 0 } } }, /* n == 0: never */
	{ CALL_exit, 0, { { 0 } } },   /* the exit stop tells */
};

/* musl joins by a private wait on detach_state, whose value is 1 (exiting) or 2 (joinable). */
static const struct rule musl_join[] = {
	{ CALL_futex, 2, { IS(1, EQ, FUTEX_PRIVATE_FLAG_), IS(2, EQ, 1) } },
	{ CALL_futex, 2, { IS(1, EQ, FUTEX_PRIVATE_FLAG_), IS(2, EQ, 2) } },
};

static int add_name(scmp_filter_ctx ctx, const struct rule *rule, const char *name)
{
	int nr = name ? seccomp_syscall_resolve_name(name) : __NR_SCMP_ERROR;

	if (nr == __NR_SCMP_ERROR)
		return 0; /* not on this architecture */
	int err = seccomp_rule_add_array(ctx, SCMP_ACT_TRACE(KERNEL_FILTER_DATA), nr, rule->n, rule->cmp);
	return err == -EEXIST ? 0 : err;
}

/*
 * The machine's 32-bit tasks have some calls under another name (i386: mmap2, setuid32), which libseccomp does not take
 * for the same.
 */
static int add_compat(scmp_filter_ctx ctx, const struct rule *rule, const struct abi *abi)
{
	char *name = seccomp_syscall_resolve_num_arch(abi->audit_arch, call_nr(abi, rule->id));
	int err = name && strcmp(name, call_row(rule->id)->name) != 0 ? add_name(ctx, rule, name) : 0;

	for (size_t i = 0; i < abi->n_aliases && !err; i++)
		if (abi->alias[i].id == rule->id)
			err = add_name(ctx, rule, abi->alias[i].name);
	free(name);
	return err;
}

static int add(scmp_filter_ctx ctx, const struct rule *row)
{
	const struct abi *native = abi_native(), *compat = abi_by_audit(kernel_arch.compat);
	struct rule rule = *row;

	if (native && rule.n == 1 && rule.cmp[0].datum_a == RSEQ_SIG)
		rule.cmp[0].datum_a = native->rseq_sig;
	int err = add_name(ctx, &rule, call_row(rule.id)->name);
	return err || !compat ? err : add_compat(ctx, &rule, compat);
}

static int add_call(scmp_filter_ctx ctx, enum call_id id, bool by_rule, enum libc_kind libc)
{
	bool narrowed = false;
	int err = 0;

	for (unsigned i = 0; by_rule && i < ARRAY_SIZE(narrow) && !err; i++) {
		if (narrow[i].id != id)
			continue;
		narrowed = true;
		if (narrow[i].n)
			err = add(ctx, &narrow[i]);
	}
	for (unsigned i = 0;
		narrowed && filter_watches_musl(libc) && id == CALL_futex && i < ARRAY_SIZE(musl_join) && !err; i++)
		err = add(ctx, &musl_join[i]);
	if (!narrowed) {
		struct rule whole = { .id = id };
		err = add(ctx, &whole);
	}
	return err;
}

/*
 * The lifecycle itself is told whatever is shown: creation for its arguments, execve for the cause of an end,
 * exit_group because io_uring's workers are still there at its entry and no longer at the exit stop.
 */
static bool always(enum call_id id)
{
	return (call_row(id)->traits & (CALL_CREATES | CALL_EXECS)) != 0 || id == CALL_exit_group;
}

/* A call that is to fail stops in every form. */
static bool is_injected(const struct call_choice *choice, enum call_id id)
{
	for (unsigned i = 0; i < choice->n_injects; i++)
		if (choice->inject[i].id == id)
			return true;
	return false;
}

static int fill(scmp_filter_ctx ctx, const struct call_choice *choice, enum libc_kind libc)
{
	int err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

	/* libseccomp's numbers of architectures are those of linux/audit.h. */
	if (!err && kernel_arch.compat)
		err = seccomp_arch_add(ctx, kernel_arch.compat);
	/* A binary tree over the numbers: a call that is of no interest costs few instructions. */
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (unsigned i = 0; i < CALL_IDS && !err; i++) {
		enum call_id id = (enum call_id)i;
		if (choice->shown[i] || always(id))
			err = add_call(ctx, id, choice->by_rule && !is_injected(choice, id), libc);
	}
	return err;
}

static int export(scmp_filter_ctx ctx, struct sock_fprog *ret)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = seccomp_export_bpf(ctx, fd);
	off_t size = err ? 0 : lseek(fd, 0, SEEK_END);
	struct sock_filter *code = size > 0 ? malloc((size_t)size) : NULL;
	if (!err && (!code || pread(fd, code, (size_t)size, 0) != (ssize_t)size))
		err = -ENOMEM;
	close(fd);
	if (err) {
		free(code);
		return err;
	}
	ret->filter = code;
	ret->len = (unsigned short)((size_t)size / sizeof(*code));
	return 0;
}

int filter_compile(struct sock_fprog *ret, const struct call_choice *choice, enum libc_kind libc)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int err = ctx ? fill(ctx, choice, libc) : -ENOMEM;

	if (!err)
		err = export(ctx, ret);
	seccomp_release(ctx);
	return err;
}

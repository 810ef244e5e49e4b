/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filter of the default mode: which calls stop, decided by number and by arguments, in the kernel, so
 * that a program's ordinary calls cost nothing. Derived from the call table and the choice; nobody edits a second list.
 */
#ifndef TRACER_FILTER_H
#define TRACER_FILTER_H

#include <linux/filter.h>

#include <thrtrace/choice.h>
#include <thrtrace/event.h>

/*
 * The one form of rseq (with the signature that struct abi has) and set_robust_list that passes without a stop: what C
 * libraries do at each thread's start.
 */
#define FILTER_RSEQ_BYTES   32
#define FILTER_ROBUST_BYTES 24 /* struct robust_list_head of a 64-bit task */

/*
 * Whether joins as only musl makes them stop. A small static program may have nothing in it that tells its libc; musl
 * is then likely.
 */
static inline bool filter_watches_musl(enum libc_kind libc)
{
	return libc == LIBC_MUSL || libc == LIBC_UNKNOWN;
}

/*
 * BPF for seccomp(2), by libseccomp (filter_seccomp.c); ret->filter is to be freed. 0, -ENOMEM, or -EOPNOTSUPP (built
 * without libseccomp, or an architecture that it does not know).
 */
int filter_compile(struct sock_fprog *ret, const struct call_choice *choice, enum libc_kind libc) THR_MUST_CHECK;

struct filter_program; /* BPF, ready to install */

/*
 * 0, what filter_compile fails with, or why this process can set no filter
 * (-ENOSYS, -EINVAL, -EPERM: a kernel or a sandbox without): the caller falls back to MODE_ALL.
 * libc: of the program about to run, for the one join that only musl makes.
 */
int filter_new(struct filter_program **ret, const struct call_choice *choice, enum libc_kind libc) THR_MUST_CHECK;
void filter_free(struct filter_program *f);
/* In the child, before execve: async-signal-safe. Without CAP_SYS_ADMIN it sets no_new_privs. 0 or -errno. */
int filter_install(const struct filter_program *f) THR_MUST_CHECK;

#endif

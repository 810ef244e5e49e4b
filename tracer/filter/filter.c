/* SPDX-License-Identifier: MIT */
/* Which filter a program gets, and how it is set. */
#include "filter/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter/filter_made.h"
#include <thrtrace/choice.h>

struct filter_program {
	struct sock_fprog prog;
	struct sock_filter *own; /* prog's code, unless it was made with thrtrace */
};

/* prctl(2) does the same where a sandbox, or an emulator as valgrind, lets seccomp(2) fail as unknown. */
static int set_filter(const struct sock_fprog *prog)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, prog) == 0)
		return 0;
	if (errno == ENOSYS && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, prog, 0, 0) == 0)
		return 0;
	return -errno;
}

/* Asked in advance, with no filter at all: where one can be set, its address is what is wrong (prctl(2), EFAULT). */
static int can_set_filter(void)
{
	int err = set_filter(NULL);

	return err == -EFAULT ? 0 : err ? err : -EINVAL;
}

/*
 * To compile a filter takes libseccomp most of a millisecond, as long as a small program runs: only a choice by -e
 * pays it.
 */
static int find_code(struct filter_program *f, const struct call_choice *choice, enum libc_kind libc)
{
	const struct filter_made *made = &filter_made[filter_watches_musl(libc)];
	struct call_choice usual;

	choice_default(&usual);
	if (choice_same_calls(choice, &usual) && !choice->n_injects && made->len) {
		f->prog = (struct sock_fprog){ made->len,
			(struct sock_filter *)made->code }; /* the kernel only reads it */
		return 0;
	}
	int err = filter_compile(&f->prog, choice, libc);
	f->own = err ? NULL : f->prog.filter;
	return err;
}

int filter_new(struct filter_program **ret, const struct call_choice *choice, enum libc_kind libc)
{
	struct filter_program *f = calloc(1, sizeof(*f));
	int err = f ? can_set_filter() : -ENOMEM;

	if (!err)
		err = find_code(f, choice, libc);
	if (err) {
		free(f);
		return err;
	}
	*ret = f;
	return 0;
}

void filter_free(struct filter_program *f)
{
	if (!f)
		return;
	free(f->own);
	free(f);
}

int filter_install(const struct filter_program *f)
{
	/* With CAP_SYS_ADMIN no_new_privs is not asked for, and set-user-ID programs keep working (seccomp(2)). */
	int err = set_filter(&f->prog);

	if (err != -EACCES)
		return err;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return set_filter(&f->prog);
}

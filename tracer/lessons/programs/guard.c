/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 65536 /* no machine has larger ones */

static char *area;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const char *what = "another code\n";

	(void)sig, (void)context;
	if (info->si_code == SEGV_ACCERR)
		what = "SEGV_ACCERR: it may not be used\n";
	else if (info->si_code == SEGV_MAPERR)
		what = "SEGV_MAPERR: nothing is there\n";
	dprintf(1, "%s", what);
	dprintf(1, "%ld bytes below the stack\n",
		(long)(area + PAGE - (char *)info->si_addr));
	_exit(0);
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO };

	/* The lower half is to be the guard of a stack in the upper half. */
	area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return 77;
#ifdef WITH
	mprotect(area, PAGE, PROT_NONE);
#else
	munmap(area, PAGE);
#endif
	sigaction(SIGSEGV, &a, NULL);
	((volatile char *)area)[PAGE - 16] = 1;
	printf("nothing happened\n");
	return 0;
}

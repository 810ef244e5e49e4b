/* SPDX-License-Identifier: MIT */
/* Installed set-user-ID by the test: whose rights does it run with, and can it tell that it is set-user-ID? */
#include <sys/auxv.h>

#include "oddity.h"

int main(int argc, char **argv)
{
	if (argc > 1) { /* by way of another program */
		execv(argv[1], argv + 1);
		return 99;
	}
	say("real %d, effective %d, secure %lu", getuid(), geteuid(), getauxval(AT_SECURE));
	return geteuid() == getuid();
}

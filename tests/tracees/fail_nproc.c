/* SPDX-License-Identifier: MIT */
/* fork fails with EAGAIN: RLIMIT_NPROC of a uid that nobody else uses. */
#include "failing.h"

#include <sys/prctl.h>
#include <sys/resource.h>

enum { SPARE_UID = 54321 };

int main(int argc, char **argv)
{
	struct rlimit four = { 4, 4 };

	/* An ordinary user has tasks already: one is enough to pass this limit. */
	if (getuid() != 0)
		four.rlim_cur = four.rlim_max = 1;
	if (setrlimit(RLIMIT_NPROC, &four))
		return skipped("RLIMIT_NPROC can't be set");
	if (getuid() == 0 && setresuid(SPARE_UID, SPARE_UID, SPARE_UID))
		return skipped("the uid can't be changed");
	prctl(PR_SET_DUMPABLE, 1);
	return fork_until_failure(EAGAIN, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/* Namespaces: whose the child is in, and what it finds there. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

/* What the child's link and the stage's lead to: "uts:[4026531838]". */
static void by_link(struct stage *s, struct part *p, enum step step, const char *name)
{
	char path[32] = "thread-self/ns/", here[64];

	for (size_t i = 0, at = strlen(path); i < 8 && name[i]; i++) /* no call of the C library: it may be the child */
		path[at + i] = name[i];
	if (step == IN_CHILD) {
		p->n[0] = own_link(s, path, p->text, sizeof(p->text));
	} else if (step == AFTER) {
		long n = own_link(s, path, here, sizeof(here));
		if (n < 0 || p->n[0] < 0) {
			cannot(p, "this kernel has no /proc/thread-self/ns/%s", name);
			return;
		}
		bool same = strcmp(here, p->text) == 0;
		told(p, same ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH), "%s in the child, %s here", p->text,
			same ? "and" : here);
	}
}

#define BY_LINK(what)                                                                                                  \
	void experiment_ns_##what(struct stage *s, struct part *p, enum step step)                                     \
	{                                                                                                              \
		by_link(s, p, step, #what);                                                                            \
	}
BY_LINK(user)
BY_LINK(mnt)
BY_LINK(pid)
BY_LINK(net)
BY_LINK(ipc)
BY_LINK(uts)
BY_LINK(cgroup)
BY_LINK(time)

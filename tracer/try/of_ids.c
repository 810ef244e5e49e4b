/* SPDX-License-Identifier: MIT */
/* Who a task is: numbers, parents, rights. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

void experiment_thread_group(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[0] = raw(SYS_getpid);
		p->n[1] = raw(SYS_gettid);
	} else if (step == AFTER) {
		long pid = p->n[0], tid = p->n[1];
		unsigned seen = pid == s->pid && tid != pid ? SEEN(SHARE_SHARED) :
			pid == tid                          ? SEEN(SHARE_FRESH) :
							      SEEN(SHARE_NONE);
		told(p, seen, "getpid is %ld in the child, %d here", pid, s->pid);
	}
}

void experiment_tid(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[0] = raw(SYS_gettid);
	} else if (step == AFTER) {
		bool inside = s->flags & CLONE_NEWPID_;
		long tid = p->n[0];
		told(p, tid == (inside ? 1 : s->answer) && s->answer != s->pid ? SEEN(SHARE_FRESH) : SEEN(SHARE_SHARED),
			"gettid is %ld in the child, %d here; the call returned %ld", tid, s->pid, s->answer);
	}
}

void experiment_parent(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[0] = own_file(s, "thread-self/status", p->text, sizeof(p->text));
	} else if (step == AFTER && p->n[0] < 0) {
		cannot_do(p, "/proc/thread-self/status", p->n[0]);
	} else if (step == AFTER) {
		long parent = status_field(p->text, "PPid", 10), mine = getppid();
		told(p,
			parent == s->pid       ? SEEN(SHARE_FRESH) :
				parent == mine ? SEEN(SHARE_PARENT) :
						 SEEN(SHARE_NONE),
			"the child's parent is %ld: %s", parent,
			parent == s->pid       ? "its creator" :
				parent == mine ? "its creator's parent" :
						 "neither its creator nor that one's parent");
	}
}

/* Session and group as the creator's /proc numbers them. */
static bool read_session(const char *stat, long *ret_group, long *ret_session)
{
	const char *end = strrchr(stat, ')');

	return end && sscanf(end + 1, " %*c %*d %ld %ld", ret_group, ret_session) == 2;
}

void experiment_session(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[1] = own_file(s, "thread-self/stat", p->text, sizeof(p->text));
		p->n[0] = raw(SYS_setsid);
	} else if (step == AFTER) {
		char text[PART_TEXT];
		long group, session, my_group, my_session, parents = getsid(getppid());
		long read = own_file(s, "self/stat", text, sizeof(text));
		if (p->n[0] < 0) {
			cannot_do(p, "setsid", p->n[0]);
			return;
		}
		if (!read_session(p->text, &group, &session) || !read_session(text, &my_group, &my_session)) {
			cannot_do(p, "/proc/self/stat", p->n[1] < 0 ? p->n[1] : read);
			return;
		}
		bool felt = my_session != parents;
		told(p, seen_by(session == parents, felt, SHARE_FRESH),
			"the child began in session %ld, as its creator; its setsid: here %s", session,
			felt ? "the session is new, too" : "none is new");
	}
}

/* ---- rights ---- */

static bool all_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	const uint32_t some = 1U << CAP_SYS_ADMIN | 1U << CAP_SYS_CHROOT | 1U << CAP_SYS_PTRACE | 1U << CAP_KILL;

	return raw(SYS_capget, (long)&head, (long)data) == 0 && (data[0].effective & some) == some;
}

/* PR_SET_KEEPCAPS is a bit of the credentials that everybody may set; a new user namespace resets it. */
void experiment_credentials(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
			cannot_do(p, "PR_SET_KEEPCAPS", errno);
		n[3] = getuid();
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_prctl, PR_GET_KEEPCAPS);
		n[1] = raw(SYS_getuid);
		n[2] = all_capabilities();
		raw(SYS_prctl, PR_SET_KEEPCAPS, 0);
	} else {
		bool felt = prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0, fresh = n[0] == 0 && n[2];
		if (fresh)
			told(p, felt ? SEEN(SHARE_NONE) : SEEN(SHARE_FRESH),
				"the child has every capability, and the uid %ld, for want of a map; here it is %ld",
				n[1], n[3]);
		else
			told(p, seen_by(n[0] == 1 && n[1] == n[3], felt, SHARE_NONE),
				"the child has uid %ld, as here, and KEEPCAPS; it cleared that: here it is %s", n[1],
				felt ? "cleared, too" : "set still");
	}
}

/*
 * It can't be cleared. So the first child sets it where its creator has it not, and then the creator where a second
 * has it not. n[0]: the creator has it at once; n[1], n[2]: what the children found.
 */
void experiment_no_new_privs(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		n[0] = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
		n[2] = -1;
		(void)may_end_child(s, p);
	} else if (step == IN_CHILD) {
		n[n[3] ? 2 : 1] = raw(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
		raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	} else if (step == AFTER) {
		bool felt = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != n[0], given = n[1] && !n[0];
		n[3] = 1;
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!another_child(s) || n[2] < 0)
			cannot(p, "a second child could not be made, or did not do its part");
		else if (n[0])
			told(p, n[1] && n[2] ? SEEN(SHARE_COPIED) | SEEN(SHARE_FRESH) : SEEN(SHARE_NONE),
				"it is set for thrtrace already: in the child it is %s", n[1] ? "set, too" : "not");
		else
			told(p, given ? SEEN(SHARE_FRESH) : seen_by(n[2] == 1, felt, SHARE_NONE),
				"the child %s: here it is %s; then it was set here: in a second child it is %s",
				given ? "has it" : "set it", felt ? "set, too" : "not set", n[2] ? "set, too" : "not");
	}
}

/* Of the memory, and of what may be seen of the process. It makes files of /proc root's: nothing is read there. */
void experiment_dumpable(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	(void)s;
	if (step == BEFORE) {
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
			cannot_do(p, "PR_SET_DUMPABLE", errno);
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_prctl, PR_GET_DUMPABLE);
		raw(SYS_prctl, PR_SET_DUMPABLE, 1);
	} else {
		bool felt = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
		told(p, seen_by(n[0] == 0, felt, SHARE_FRESH), "0 here: the child found %ld and set 1: here it is %d",
			n[0], felt);
	}
}

void experiment_pdeathsig(struct stage *s, struct part *p, enum step step)
{
	(void)s;
	if (step == IN_CHILD) {
		int sig = -1;
		raw(SYS_prctl, PR_GET_PDEATHSIG, (long)&sig);
		p->n[0] = sig;
	} else if (step == AFTER) {
		told(p, p->n[0] == 0 ? SEEN(SHARE_NONE) : SEEN(SHARE_COPIED), "SIGKILL here: the child has %s",
			p->n[0] == 0 ? "none" : "one, too");
	}
}

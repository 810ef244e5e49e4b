/* SPDX-License-Identifier: MIT */
/* Namespaces and control groups: whose the child is in, and what it finds there. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

enum { LINK_TEXT = 64 };

/* Without the C library: it may be the child that asks. */
static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* What the caller's link leads to: "uts:[4026531838]". */
static long ns_link(const struct stage *s, const char *name, char ret[LINK_TEXT])
{
	char path[] = "thread-self/ns/........";
	size_t at = sizeof("thread-self/ns/") - 1;

	while (*name && at < sizeof(path) - 1)
		path[at++] = *name++;
	path[at] = '\0';
	return own_link(s, path, ret, LINK_TEXT);
}

/* n[0]: what came of the child's reading, whose link is the text; here: a place for the creator's. */
static bool links_known(struct stage *s, struct part *p, const char *name, char here[LINK_TEXT])
{
	if (ns_link(s, name, here) > 0 && p->n[0] > 0)
		return true;
	cannot(p, "this kernel has no /proc/thread-self/ns/%s", name);
	return false;
}

static void by_link(struct stage *s, struct part *p, enum step step, const char *name)
{
	char here[LINK_TEXT];

	if (step == IN_CHILD)
		p->n[0] = ns_link(s, name, p->text);
	else if (step == AFTER && links_known(s, p, name, here)) {
		bool same = equal(here, p->text);
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
BY_LINK(ipc)
BY_LINK(cgroup)
BY_LINK(time)

void experiment_ns_pid(struct stage *s, struct part *p, enum step step)
{
	char here[LINK_TEXT];

	if (step == IN_CHILD) {
		p->n[0] = ns_link(s, "pid", p->text);
		p->n[1] = raw(SYS_getpid);
	} else if (step == AFTER && links_known(s, p, "pid", here)) {
		bool same = equal(here, p->text);
		told(p, same ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH), "%s in the child, where it is %ld, %s here",
			p->text, p->n[1], same ? "and" : here);
	}
}

/* A host name is changed only where it is nobody else's. text: the link; and from the middle on the creator's. */
void experiment_ns_uts(struct stage *s, struct part *p, enum step step)
{
	char *before = p->text + PART_TEXT / 2, here[LINK_TEXT], name[LINK_TEXT] = "";
	volatile long *n = p->n;

	if (step == BEFORE) {
		ns_link(s, "uts", before);
	} else if (step == IN_CHILD) {
		n[0] = ns_link(s, "uts", p->text);
		n[1] = n[0] > 0 && *before && !equal(p->text, before);
		if (n[1])
			n[2] = raw(SYS_sethostname, (long)"inside", 6);
	} else if (links_known(s, p, "uts", here)) {
		gethostname(name, sizeof(name) - 1);
		if (!n[1])
			told(p, SEEN(SHARE_SHARED), "%s in the child, and here", p->text);
		else
			told(p, equal(name, "inside") ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH),
				"%s in the child, %s here%s%s", p->text, here,
				n[2] ? "" : "; the child took the host name \"inside\": here it is still ",
				n[2] ? "" : name);
	}
}

/* Lines of net/dev that name a device, which are those with a colon. */
static long devices(const struct stage *s, char *text)
{
	long n = 0;

	own_file(s, "thread-self/net/dev", text, PART_TEXT);
	for (; *text; text++)
		n += *text == ':';
	return n;
}

void experiment_ns_net(struct stage *s, struct part *p, enum step step)
{
	char here[LINK_TEXT], text[PART_TEXT];

	if (step == IN_CHILD) {
		p->n[1] = devices(s, p->text);
		p->n[0] = ns_link(s, "net", p->text);
	} else if (step == AFTER && links_known(s, p, "net", here)) {
		bool same = equal(here, p->text);
		told(p, same ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH),
			"%s in the child, devices: %ld; %s here, devices: %ld", p->text, p->n[1],
			same ? "the same" : here, devices(s, text));
	}
}

/* All groups are the root, as in a namespace that begins there. */
static bool all_roots(const char *text)
{
	for (; *text; text++)
		if (text[0] == '/' && text[1] != '\n' && text[1])
			return false;
	return true;
}

void experiment_cgroup(struct stage *s, struct part *p, enum step step)
{
	char here[PART_TEXT];

	if (step == IN_CHILD) {
		p->n[0] = own_file(s, "thread-self/cgroup", p->text, PART_TEXT);
	} else if (step == AFTER) {
		long read = own_file(s, "thread-self/cgroup", here, sizeof(here));
		bool inside = s->flags & CLONE_NEWCGROUP_, given = s->flags & CLONE_INTO_CGROUP_;
		if (read <= 0 || p->n[0] <= 0) {
			cannot(p, "this kernel has no control groups");
			return;
		}
		bool same = inside ? all_roots(p->text) : equal(here, p->text);
		char *unified = strstr(p->text, "0::"), *shown = unified ? unified : p->text;
		shown[strcspn(shown, "\n")] = '\0';
		told(p,
			!same         ? SEEN(SHARE_NONE) :
				given ? SEEN(SHARE_FRESH) :
					SEEN(SHARE_COPIED),
			"%.60s in the child%s", shown,
			inside        ? ": in its namespace the creator's is the root" :
				given ? ", which was given" :
					", and here");
	}
}

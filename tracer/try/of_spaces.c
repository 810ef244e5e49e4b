/* SPDX-License-Identifier: MIT */
/* Namespaces and control groups: whose the child is in, and what it finds there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
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
	long mine = ns_link(s, name, here), failed = mine <= 0 ? mine : p->n[0];

	if (failed > 0)
		return true;
	if (failed == -ENOENT)
		cannot(p, "this kernel has no /proc/thread-self/ns/%s", name);
	else
		cannot_do(p, "a link in /proc/thread-self/ns", failed);
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

void experiment_ns_cgroup(struct stage *s, struct part *p, enum step step)
{
	by_link(s, p, step, "cgroup"); /* what is seen there is a row of its own */
}

/* Before Linux 6.2 stable kernels take CLONE_VM, too: the child is in the new one at once, as is said there. */
static bool at_once(const struct stage *s)
{
	struct utsname u;

	return s->flags & CLONE_NEWTIME_ && s->flags & CLONE_VM_ && uname(&u) == 0 &&
		kernel_version_of(u.release, u.version) < LINUX(6, 2, 0);
}

/* Offsets are set before anybody is in: see experiment_time_for_children. */
void experiment_ns_time(struct stage *s, struct part *p, enum step step)
{
	by_link(s, p, step, "time");
	if (step == AFTER && p->tried.seen == SEEN(SHARE_FRESH) && at_once(s))
		p->tried.seen |= SEEN(SHARE_SHARED);
}

/* text: the link, and from the middle on the first line of the child's map of ids. */
void experiment_ns_user(struct stage *s, struct part *p, enum step step)
{
	char *map = p->text + PART_TEXT / 2, here[LINK_TEXT];

	if (step == IN_CHILD) {
		p->n[0] = ns_link(s, "user", p->text);
		p->n[1] = own_file(s, "thread-self/uid_map", map, PART_TEXT / 2);
		p->n[2] = raw(SYS_getuid);
	} else if (step == AFTER && links_known(s, p, "user", here)) {
		bool same = equal(here, p->text);
		told(p, same ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH),
			"%s in the child, %s here; uid_map has %s for it: uid %ld", p->text, same ? "and" : here,
			p->n[1] > 0 ? "lines" : "no line", p->n[2]);
	}
}

/* What is changed only where it is nobody else's: whether the child is elsewhere. before: the creator's link. */
static bool is_elsewhere(const struct part *p, const char *before)
{
	return p->n[0] > 0 && *before && !equal(p->text, before);
}

/* Lines of the caller's mounts, of which there may be more than one reading holds. */
static long mounts(const struct stage *s, char *text)
{
	long fd = raw(SYS_openat, s->proc, (long)"thread-self/mounts", O_RDONLY | O_CLOEXEC), lines = 0, n = fd;

	while (n >= 0 && (n = raw(SYS_read, fd, (long)text, LINK_TEXT)) > 0)
		for (long i = 0; i < n; i++)
			lines += text[i] == '\n';
	if (fd >= 0)
		raw(SYS_close, fd);
	return n < 0 ? n : lines;
}

/* n[1]: whether the child is in a namespace of its own; n[2], n[3]: mounts there, and when it has made one. */
void experiment_ns_mnt(struct stage *s, struct part *p, enum step step)
{
	char *before = p->text + PART_TEXT / 2, here[LINK_TEXT];
	volatile long *n = p->n;

	if (step == BEFORE) {
		ns_link(s, "mnt", before);
	} else if (step == IN_CHILD) {
		n[0] = ns_link(s, "mnt", p->text);
		n[1] = is_elsewhere(p, before);
		n[2] = mounts(s, here);
		/* What is mounted where mounts are shared would come here, too. */
		if (n[1] && raw(SYS_mount, 0, (long)"/", 0, MS_REC | MS_PRIVATE, 0) == 0)
			n[4] = raw(SYS_mount, (long)"none", (long)"/", (long)"tmpfs", 0, 0) == 0;
		n[3] = mounts(s, here);
	} else if (links_known(s, p, "mnt", here)) {
		char text[LINK_TEXT];
		long mine = mounts(s, text);
		if (!n[1])
			told(p, SEEN(SHARE_SHARED), "%s in the child, and here; %ld mounts there, %ld here", p->text,
				n[2], mine);
		else
			told(p, SEEN(SHARE_FRESH), "%s in the child, with %ld mounts%s; %s here, with %ld", p->text,
				n[2],
				!n[4]                    ? "" :
					n[3] == n[2] + 1 ? " and one that it made" :
							   ", of which it sees none that it made",
				here, mine);
	}
}

/* Shared memory under a key of its own, made only where it is nobody else's. n[2]: what came of it. */
void experiment_ns_ipc(struct stage *s, struct part *p, enum step step)
{
	char *before = p->text + PART_TEXT / 2, here[LINK_TEXT];
	long key = 0x74720000 | (s->pid & 0xffff);
	volatile long *n = p->n;

	if (step == BEFORE) {
		ns_link(s, "ipc", before);
	} else if (step == IN_CHILD) {
		n[0] = ns_link(s, "ipc", p->text);
		n[1] = is_elsewhere(p, before);
		n[2] = n[1] ? raw(SYS_shmget, key, PAGE, IPC_CREAT | IPC_EXCL | 0600) : -1;
	} else if (links_known(s, p, "ipc", here)) {
		bool seen = n[2] >= 0 && raw(SYS_shmget, key, 0, 0) >= 0;
		if (!n[1])
			told(p, SEEN(SHARE_SHARED), "%s in the child, and here", p->text);
		else
			told(p, seen ? SEEN(SHARE_SHARED) : SEEN(SHARE_FRESH), "%s in the child, %s here%s", p->text,
				here,
				n[2] < 0     ? "" :
					seen ? "; shared memory that the child made is here, too" :
					       "; shared memory that the child made is not here");
	}
}

/* ---- where children of the child begin ---- */

struct later {
	struct stage *s;
	struct part *p;
	const char *name;
};

/* A second, in nanoseconds of a clock that a time namespace moves. */
static long seconds_now(void)
{
	struct timespec t = { 0, 0 };

	raw(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t);
	return t.tv_sec;
}

static void later_child(void *arg, uint64_t kept)
{
	const struct later *l = arg;

	(void)kept;
	l->p->n[0] = ns_link(l->s, l->name, l->p->text);
	l->p->n[1] = raw(SYS_getpid);
	l->p->n[2] = seconds_now();
	for (;;)
		raw(SYS_exit, 0);
}

/* The child has memory of its own, as each that unshares here. text: the later one's link, and the child's. */
static void make_later(struct stage *s, struct part *p, const char *name)
{
	const struct task_args none = { 0 };
	struct later l = { s, p, name };

	ns_link(s, name, p->text + PART_TEXT / 2);
	p->n[4] = raw_task(&none, false, later_child, &l);
	p->n[3] = seconds_now();
	if (p->n[4] > 0)
		raw(SYS_wait4, p->n[4], 0, __WALL, 0);
}

/* False: nothing is known of it. */
static bool later_known(struct part *p, const char *name)
{
	if (p->n[4] < 0)
		cannot_do(p, "a child of the child", p->n[4]);
	else if (p->n[0] == -ENOENT)
		cannot(p, "this kernel has no /proc/thread-self/ns/%s", name);
	else if (p->n[0] <= 0)
		cannot(p, "a child of the child did not come to its end");
	return p->n[0] > 0 && p->n[4] > 0;
}

void experiment_pid_for_children(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		make_later(s, p, "pid");
	} else if (step == AFTER && later_known(p, "pid")) {
		bool same = equal(p->text, p->text + PART_TEXT / 2), first = p->n[1] == 1;
		told(p,
			same && !first         ? SEEN(SHARE_SHARED) :
				!same && first ? SEEN(SHARE_FRESH) :
						 SEEN(SHARE_NONE),
			"the child made one, which found itself as %ld in %s; the child is in %s", p->n[1], p->text,
			same ? "it, too" : p->text + PART_TEXT / 2);
	}
}

static long write_offsets(const struct stage *s)
{
	static const char text[] = "monotonic 1000 0\n";
	long fd = raw(SYS_openat, s->proc, (long)"self/timens_offsets", O_WRONLY | O_CLOEXEC);
	long n = fd < 0 ? fd : raw(SYS_write, fd, (long)text, sizeof(text) - 1);

	if (fd >= 0)
		raw(SYS_close, fd);
	return n;
}

/* Offsets are those of the namespace for children, and only until somebody is in it. n[5]: whether they are set. */
void experiment_time_for_children(struct stage *s, struct part *p, enum step step)
{
	if (step == IN_CHILD) {
		p->n[5] = s->word->flags & CLONE_NEWTIME_ && write_offsets(s) > 0;
		make_later(s, p, "time");
	} else if (step == AFTER && later_known(p, "time")) {
		bool same = equal(p->text, p->text + PART_TEXT / 2), moved = p->n[2] - p->n[3] > 500;
		told(p,
			same && !moved                           ? SEEN(SHARE_SHARED) :
				!same && moved == (p->n[5] == 1) ? SEEN(SHARE_FRESH) :
								   SEEN(SHARE_NONE),
			"the child %smade one, which is in %s; the child is in %s%s",
			p->n[5] ? "set an offset of 1000 s and " : "", p->text,
			same ? "it, too" : p->text + PART_TEXT / 2,
			moved ? "; CLOCK_MONOTONIC is 1000 s on for that one" : "");
	}
}

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
		n[1] = is_elsewhere(p, before);
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

/* A group within the stage's own, which the manager removes. -1: it may not make one. */
static int make_group(struct stage *s)
{
	char link[LINK_TEXT], *path = s->b->group;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", s->cgroup);
	ssize_t n = readlink(link, path, PATH_MAX - LINK_TEXT);
	if (n <= 0)
		return -1;
	snprintf(path + n, LINK_TEXT, "/thrtrace-try-%d", s->pid);
	if (mkdir(path, 0755)) {
		path[0] = '\0';
		return -1;
	}
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* n[1]: the group that is given is not the creator's. */
static void give_group(struct stage *s, struct part *p)
{
	int made = s->cgroup >= 0 ? make_group(s) : -1;

	p->n[1] = made >= 0;
	if (made >= 0)
		s->cgroup = made;
}

/* Is the child's group of version 2 that one? */
static bool is_in_made(const struct stage *s, const char *text)
{
	const char *name = strrchr(s->b->group, '/');
	const char *at = strstr(text, "0::");

	return name && at && strstr(at, name);
}

void experiment_cgroup(struct stage *s, struct part *p, enum step step)
{
	char here[PART_TEXT];

	if (step == BEFORE) {
		give_group(s, p);
	} else if (step == IN_CHILD) {
		p->n[0] = own_file(s, "thread-self/cgroup", p->text, PART_TEXT);
	} else {
		long read = own_file(s, "thread-self/cgroup", here, sizeof(here));
		bool inside = s->flags & CLONE_NEWCGROUP_, given = s->flags & CLONE_INTO_CGROUP_;
		if (read == -ENOENT || p->n[0] == -ENOENT) {
			cannot(p, "this kernel has no control groups");
			return;
		}
		if (read < 0 || p->n[0] < 0) {
			cannot_do(p, "/proc/thread-self/cgroup", read < 0 ? read : p->n[0]);
			return;
		}
		bool same = p->n[1] ? inside ? all_roots(p->text) : is_in_made(s, p->text) :
			inside      ? all_roots(p->text) :
				      equal(here, p->text);
		char *unified = strstr(p->text, "0::"), *shown = unified ? unified : p->text;
		shown[strcspn(shown, "\n")] = '\0';
		told(p,
			!same         ? SEEN(SHARE_NONE) :
				given ? SEEN(SHARE_FRESH) :
					SEEN(SHARE_COPIED),
			"%.60s in the child%s%s", shown,
			inside        ? ": in its namespace that is the root" :
				given ? ", which was given" :
					", and here",
			given && !p->n[1] ? "; it is its creator's, too: none could be made" : "");
	}
}

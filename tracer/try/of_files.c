/* SPDX-License-Identifier: MIT */
/* Descriptors, and places in the tree of files. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "try/experiments.h"

static bool same_file(long a, long b)
{
	struct stat x, y;

	return fstat((int)a, &x) == 0 && fstat((int)b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/*
 * n[0]: a descriptor that the child closes; n[1]: one of which it moves the offset; n[2]: one onto which it puts that
 * by dup3; n[3]: one that it opens. A pidfd may have the number of that here.
 */
void experiment_files(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		n[0] = memfd_create("closed", 0);
		n[1] = n[0] < 0 ? -1 : memfd_create("moved", 0);
		n[2] = n[1] < 0 ? -1 : dup((int)n[0]);
		if (n[2] < 0)
			cannot_do(p, "memfd_create or dup", errno);
	} else if (step == IN_CHILD) {
		raw(SYS_lseek, n[1], 42, SEEK_SET);
		n[3] = raw(SYS_openat, s->proc, (long)".", O_PATH | O_CLOEXEC);
		n[4] = raw(SYS_close, n[0]);
		n[5] = raw(SYS_dup3, n[1], n[2], 0);
	} else {
		bool closed = fcntl((int)n[0], F_GETFD) < 0, duped = same_file(n[1], n[2]);
		bool opened = n[3] >= 0 && n[3] != s->b->pidfd && fcntl((int)n[3], F_GETFD) >= 0;
		bool moved = lseek((int)n[1], 0, SEEK_CUR) == 42, all = closed && duped && (opened || n[3] < 0);
		bool none = !closed && !duped && !opened, did = n[4] == 0 && n[5] == n[2];
		told(p, moved && did && (all || none) ? seen_by(did, all, SHARE_FRESH) : SEEN(SHARE_FRESH),
			"the child closed %ld: here it is %s; it put %ld there by dup3 and opened one: %s; it sought "
			"in "
			"%ld: here the offset %s",
			n[0], closed ? "EBADF now" : "open still", n[2], all ? "so here" : "not here", n[1],
			moved ? "moved, too" : "did not move");
	}
}

/* Is the directory that one? Of its number and its device: /proc and an initramfs both begin with inode 1. */
static bool is_at(const char *path, long inode, long device)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == (ino_t)inode && st.st_dev == (dev_t)device;
}

/*
 * n[0]: the umask that the child found; n[1], n[2]: whether it could move its directory and its root; n[3], n[4]: where
 * both were.
 */
void experiment_fs(struct stage *s, struct part *p, enum step step)
{
	volatile long *n = p->n;

	if (step == BEFORE) {
		umask(027);
		if (chdir("/"))
			cannot_do(p, "chdir", errno);
		struct stat root = { 0 };
		if (stat("/", &root))
			cannot_do(p, "stat", errno);
		n[3] = (long)root.st_ino;
		n[4] = (long)root.st_dev;
	} else if (step == IN_CHILD) {
		n[0] = raw(SYS_umask, 077);
		n[1] = raw(SYS_fchdir, s->proc);
		n[2] = raw(SYS_chroot, (long)"."); /* a right that not everybody has */
	} else {
		mode_t mask = umask(0);
		bool root = n[2] == 0 && !is_at("/", n[3], n[4]);
		bool cwd = n[1] == 0 && !is_at(".", n[3], n[4]), all = mask == 077 && cwd && (n[2] || root);
		bool none = mask == 027 && !cwd && !root;
		told(p, all || none ? seen_by(n[0] == 027, all, SHARE_FRESH) : SEEN(SHARE_NONE),
			"umask 0%lo in the child; it set 077 and moved its directory%s: here umask 0%o, and %s", n[0],
			n[2] ? "" : " and root", mask, cwd ? "the same moves" : "none moved");
	}
}

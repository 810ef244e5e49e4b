/* SPDX-License-Identifier: MIT */
#include "cmd/pick.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "kernel/proc_file.h"

/* Bytes of a comm, without the NUL: longer names are cut there. */
enum { COMM_MAX = 15 };

static const char between[] = ", \t\n";

static int add(struct picked *p, pid_t pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->pid[i] == pid)
			return 0;
	pid_t *grown = realloc(p->pid, (p->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->pid = grown;
	p->pid[p->n++] = pid;
	return 0;
}

static int refuse(int err, char error[256], const char *word, size_t len, const char *what)
{
	snprintf(error, 256, "%.*s: %s", len > 64 ? 64 : (int)len, word, what);
	return err;
}

static int add_number(struct picked *p, const char *word, size_t len, char error[256])
{
	long pid = strtol(word, NULL, 10);

	if (pid < 1 || pid > INT32_MAX)
		return refuse(-EINVAL, error, word, len, "it is no number of a process");
	return add(p, (pid_t)pid);
}

/* ---- names ---- */

static bool is_number(const char *text, size_t len)
{
	return len && strspn(text, "0123456789") >= len;
}

/* What stands behind the last slash of argv[0]. */
static bool is_started_by(const char *proc, const char *pid, const char *name, size_t len)
{
	char path[PATH_MAX], argv0[4096];

	snprintf(path, sizeof(path), "%s/%s/cmdline", proc, pid);
	if (proc_file_read(argv0, sizeof(argv0), path) <= 0)
		return false;
	const char *slash = strrchr(argv0, '/'), *last = slash ? slash + 1 : argv0;
	return strlen(last) == len && memcmp(last, name, len) == 0;
}

static bool has_name(const char *proc, const char *pid, const char *name, size_t len)
{
	char path[PATH_MAX], comm[64];

	snprintf(path, sizeof(path), "%s/%s/comm", proc, pid);
	ssize_t n = proc_file_read(comm, sizeof(comm), path);
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	if (n > 0 && len <= COMM_MAX && (size_t)n == len && memcmp(comm, name, len) == 0)
		return true;
	return is_started_by(proc, pid, name, len);
}

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* How many are called so, now in ret; or -ENOMEM. */
static ssize_t add_named(struct picked *ret, const char *proc, const char *name, size_t len)
{
	DIR *dir = opendir(proc);
	struct picked found = { NULL, 0 };
	int err = 0;

	if (!dir)
		return 0;
	for (struct dirent *e; !err && (e = readdir(dir));) {
		pid_t pid = is_number(e->d_name, strlen(e->d_name)) ? (pid_t)strtol(e->d_name, NULL, 10) : 0;
		if (pid > 0 && pid != getpid() && has_name(proc, e->d_name, name, len))
			err = add(&found, pid);
	}
	closedir(dir);
	if (found.n)
		qsort(found.pid, found.n, sizeof(*found.pid), by_number);
	for (size_t i = 0; !err && i < found.n; i++)
		err = add(ret, found.pid[i]);
	ssize_t n = (ssize_t)found.n;
	pick_release(&found);
	return err ? err : n;
}

static int add_word(struct picked *ret, const char *proc, const char *word, size_t len, char error[256])
{
	if (is_number(word, len))
		return add_number(ret, word, len, error);
	ssize_t n = add_named(ret, proc, word, len);
	if (n == 0)
		return refuse(-ESRCH, error, word, len, "no process of that name runs, as far as they can be seen");
	return n < 0 ? (int)n : 0;
}

int pick_processes(struct picked *ret, const char *proc, const char *value, char error[256])
{
	const char *at = value + strspn(value, between);
	bool one_word = !at[strcspn(at, between)];

	if (!*at)
		return refuse(-EINVAL, error, "", 0, "nothing is named (does what you asked for run?)");
	ssize_t n = one_word ? 0 : add_named(ret, proc, value, strlen(value)); /* as "tmux: server" */
	int err = n < 0 ? (int)n : 0;
	for (size_t len; !n && !err && *at; at += strspn(at, between)) {
		len = strcspn(at, between);
		err = add_word(ret, proc, at, len, error);
		at += len;
	}
	return err;
}

void pick_release(struct picked *p)
{
	free(p->pid);
	*p = (struct picked){ NULL, 0 };
}

int pick_asked(struct picked *ret, struct options *o)
{
	int err = 0;

	for (size_t i = 0; !err && i < o->processes.n; i++)
		err = pick_processes(ret, "/proc", o->processes.text[i], o->error);
	if (!err)
		return 0;
	if (err == -ENOMEM)
		fprintf(stderr, "thrtrace: %s\n", strerror(-err));
	else
		fprintf(stderr, "thrtrace: -p %s\n", o->error);
	return err == -ESRCH ? EXIT_NOBODY : EXIT_OWN;
}

bool pick_has_proc(void)
{
	pid_t there = proc_self();

	if (there == getpid())
		return true;
	fprintf(stderr,
		"thrtrace: /proc belongs to another pid namespace, which knows thrtrace by the number %d and not by "
		"%d: names, stacks and limits would be those of other processes. Mount one for this namespace "
		"(unshare --mount-proc, or mount -t proc proc /proc)\n",
		there, getpid());
	return false;
}

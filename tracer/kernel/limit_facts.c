/* SPDX-License-Identifier: MIT */
/* The limits that a failed call may have hit, with their numbers. */
#include "kernel/limit_facts.h"
#include "kernel/proc_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INIT_PID_NS UINT64_C(0xEFFFFFFC) /* include/linux/proc_ns.h */

/* A new limit at the end of the list; the last place is used over when the list is full. */
static struct limit *add(struct failure_facts *f, enum limit_id id)
{
	if (f->n_limits == LIMITS_MAX)
		f->n_limits--;
	struct limit *l = &f->limits[f->n_limits++];
	*l = (struct limit){ .id = id };
	return l;
}

static void set_unknown(struct limit *l, const char *reason)
{
	snprintf(l->unknown, sizeof(l->unknown), "%s", reason);
}

static void set_current(struct limit *l, uint64_t v)
{
	l->current = v;
	l->current_known = true;
}

static void set_max(struct limit *l, uint64_t v)
{
	l->max = v;
	l->max_known = true;
}

static void read_max(struct limit *l, const char *path)
{
	uint64_t v;
	int err = proc_file_u64(&v, path);

	if (err)
		set_unknown(l, strerrordesc_np(-err));
	else
		set_max(l, v);
}

/* The soft limit of a line of /proc/TID/limits. */
static void rlimit_max(struct limit *l, pid_t tid, const char *title)
{
	char path[64], text[PROC_TEXT];
	uint64_t v;

	snprintf(path, sizeof(path), "/proc/%d/limits", tid);
	ssize_t n = proc_file_read(text, sizeof(text), path);
	if (n > 0 && proc_soft_limit(&v, text, title))
		set_max(l, v);
	else
		set_unknown(l, n < 0 ? strerrordesc_np((int)-n) : "no such line in /proc/PID/limits");
}

/* ---- tasks ---- */

struct task_count {
	uint64_t all, of_uid;
};

static void count_process(struct task_count *c, const char *pid, uint32_t uid)
{
	char path[300], text[2048];
	uint64_t its_uid, threads;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if (proc_file_read(text, sizeof(text), path) < 0)
		return; /* gone meanwhile */
	if (!proc_field_u64(&its_uid, text, "Uid:", 10))
		return;
	/* A zombie still counts: its uid's counter falls when it is reaped (kernel/exit.c, release_task). */
	if (!proc_field_u64(&threads, text, "Threads:", 10))
		threads = 1;
	c->all += threads;
	if (its_uid == uid)
		c->of_uid += threads;
}

static int count_tasks(struct task_count *ret, uint32_t uid)
{
	struct task_count c = { 0, 0 };
	DIR *dir = opendir("/proc");

	if (!dir)
		return -errno;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (isdigit((unsigned char)e->d_name[0]))
			count_process(&c, e->d_name, uid);
	closedir(dir);
	*ret = c;
	return 0;
}

static bool sees_all_tasks(void)
{
	uint64_t ns;

	return proc_ns_inode(&ns, proc_self(), "pid") == 0 && ns == INIT_PID_NS;
}

static void add_nproc(struct failure_facts *f, pid_t tid, const struct task_count *tasks)
{
	struct limit *l = add(f, LIMIT_NPROC);

	snprintf(l->scope, sizeof(l->scope), "uid %u%s", f->uid, f->who.nproc_exempt == FACT_YES ? ", exempt" : "");
	rlimit_max(l, tid, "Max processes");
	if (f->uid == UINT32_MAX)
		set_unknown(l, "the task's uid could not be read");
	else if (!tasks)
		set_unknown(l, "/proc could not be listed");
	else if (sees_all_tasks() || (l->max_known && tasks->of_uid >= l->max))
		set_current(l, tasks->of_uid);
	else
		set_unknown(l, "tasks of the uid outside this pid namespace can't be counted");
}

/* The total in /proc/loadavg is the machine's, even inside a pid namespace (fs/proc/loadavg.c: nr_threads). */
static bool machine_threads(uint64_t *ret)
{
	char text[128];

	if (proc_file_read(text, sizeof(text), "/proc/loadavg") < 0)
		return false;
	const char *slash = strchr(text, '/');
	if (!slash)
		return false;
	*ret = strtoull(slash + 1, NULL, 10);
	return true;
}

static void add_threads_max(struct failure_facts *f)
{
	struct limit *l = add(f, LIMIT_THREADS_MAX);
	uint64_t v;

	snprintf(l->scope, sizeof(l->scope), "machine");
	read_max(l, "/proc/sys/kernel/threads-max");
	if (machine_threads(&v))
		set_current(l, v);
	else if (!l->unknown[0])
		set_unknown(l, "/proc/loadavg could not be read");
}

/* Numbers below this are given once: when the last one has been reached, it goes on from here (kernel/pid.c). */
#define RESERVED_PIDS 300

static uint64_t high_ids_of(const char *pid)
{
	char path[300];
	uint64_t n = 0;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	DIR *dir = opendir(path);
	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		n += strtoul(e->d_name, NULL, 10) >= RESERVED_PIDS;
	closedir(dir);
	return n;
}

/* How many tasks have a number that is given again. */
static uint64_t high_ids(void)
{
	DIR *dir = opendir("/proc");
	uint64_t n = 0;

	if (!dir)
		return 0;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (isdigit((unsigned char)e->d_name[0]))
			n += high_ids_of(e->d_name);
	closedir(dir);
	return n;
}

/* Of fewer tasks than numbers: those below RESERVED_PIDS count as taken where all others are. */
static void add_reserved(struct limit *l)
{
	if (!l->max_known || !l->current_known || l->current + 2 > l->max || l->current + 2 + RESERVED_PIDS <= l->max)
		return;
	uint64_t taken = high_ids() + RESERVED_PIDS;
	if (taken + 2 <= l->max)
		return;
	l->current = taken;
	size_t len = strlen(l->scope);
	snprintf(l->scope + len, sizeof(l->scope) - len, ", %d of which are not given twice", RESERVED_PIDS);
}

static void add_pid_max(struct failure_facts *f, pid_t tid, const struct task_count *tasks)
{
	struct limit *l = add(f, LIMIT_PID_MAX);
	uint64_t its = 0, own = 0, v;

	if (proc_ns_inode(&its, tid, "pid_for_children") == 0)
		snprintf(l->scope, sizeof(l->scope), "pid namespace %llu", (unsigned long long)its);
	if (f->who.pid_max)
		set_max(l, (uint64_t)f->who.pid_max);
	bool same = proc_ns_inode(&own, proc_self(), "pid") == 0 && its == own;
	if (its == INIT_PID_NS && machine_threads(&v))
		set_current(l, v);
	else if (same && tasks)
		set_current(l, tasks->all);
	if (!l->max_known || !l->current_known)
		set_unknown(l, "it belongs to another pid namespace than this process is in");
	else if (same)
		add_reserved(l);
}

static void add_nofile(struct failure_facts *f, pid_t tid)
{
	struct limit *l = add(f, LIMIT_NOFILE);
	char path[64];
	uint64_t n = 0;

	rlimit_max(l, tid, "Max open files");
	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	DIR *dir = opendir(path);
	if (!dir) {
		set_unknown(l, strerrordesc_np(errno));
		return;
	}
	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		n += e->d_name[0] != '.';
	closedir(dir);
	set_current(l, n);
}

/* ---- cgroups ---- */

/* "max 12" of pids.events; false on kernels before 4.8, and at the root. */
static bool read_events(uint64_t *ret, const char *dir, const char *name)
{
	char path[PATH_MAX + 32], text[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return proc_file_read(text, sizeof(text), path) > 0 && proc_field_u64(ret, text, "max ", 10);
}

typedef void pids_level(void *ctx, const char *dir, const char *scope);

/* Calls level for every cgroup from the task's own, `rel`, up to the top of what is mounted. */
static void each_level_of(const struct cgroup_mount *m, const char *rel, pids_level *level, void *ctx)
{
	char dir[2 * PROC_PATH + 1];

	/* In a container the mount shows a subtree, and the path may start with that subtree's own. */
	size_t skip = strcmp(m->root, "/") != 0 && strncmp(rel, m->root, strlen(m->root)) == 0 ? strlen(m->root) : 0;
	snprintf(dir, sizeof(dir), "%s%s", m->at, strcmp(rel + skip, "/") == 0 ? "" : rel + skip);
	for (size_t top = strlen(m->at); strlen(dir) >= top;) {
		const char *scope = dir + top;
		level(ctx, dir, *scope ? scope : "/");
		char *slash = strrchr(dir, '/');
		if (!slash || strlen(dir) == top)
			break;
		*slash = '\0';
	}
}

/* In the hierarchies that count tasks, which may be cgroup v2's, one of v1, or both. */
static void each_level(pid_t tid, pids_level *level, void *ctx)
{
	enum { CGROUPS = 8192, MOUNTS = 256 * 1024 };
	char path[64], rel[PROC_PATH], cgroups[CGROUPS], *mounts = malloc(MOUNTS);
	struct cgroup_mount m;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", tid);
	if (mounts && proc_file_read(cgroups, sizeof(cgroups), path) > 0 &&
		proc_file_read(mounts, MOUNTS, "/proc/self/mountinfo") > 0)
		for (unsigned i = 0; i < 2; i++) {
			const char *v1 = i ? "pids" : NULL;
			if (proc_cgroup_path(rel, cgroups, v1) && proc_cgroup_mount(&m, mounts, v1))
				each_level_of(&m, rel, level, ctx);
		}
	free(mounts);
}

static void snapshot_level(void *ctx, const char *dir, const char *scope)
{
	struct pids_events *e = ctx;
	uint64_t v;

	if (e->n < PIDS_LEVELS_MAX && read_events(&v, dir, "pids.events")) {
		snprintf(e->level[e->n].scope, LIMIT_SCOPE_LEN, "cgroup %s", scope);
		e->level[e->n++].events = v;
	}
}

void pids_events_read(struct pids_events *ret, pid_t tid)
{
	ret->n = 0;
	each_level(tid, snapshot_level, ret);
}

struct level_ctx {
	struct failure_facts *facts;
	const struct pids_events *before;
};

static void note_growth(struct limit *l, const struct pids_events *before)
{
	for (size_t i = 0; before && l->events_known && i < before->n; i++)
		if (strcmp(before->level[i].scope, l->scope) == 0)
			l->refused_now = fact_of(l->events > before->level[i].events);
}

static void add_level(void *ctx, const char *dir, const char *scope)
{
	struct level_ctx *c = ctx;
	char path[PATH_MAX + 32];
	uint64_t max, current;

	snprintf(path, sizeof(path), "%s/pids.max", dir);
	if (proc_file_u64(&max, path) < 0 || c->facts->n_limits + 8 > LIMITS_MAX)
		return; /* the root has none, nor has a cgroup without the controller */
	struct limit *l = add(c->facts, LIMIT_PIDS_CGROUP);
	snprintf(l->scope, sizeof(l->scope), "cgroup %s", scope);
	set_max(l, max);
	snprintf(path, sizeof(path), "%s/pids.current", dir);
	int err = proc_file_u64(&current, path);
	if (err)
		set_unknown(l, strerrordesc_np(-err));
	else
		set_current(l, current);
	l->events_known = read_events(&l->events, dir, "pids.events");
	note_growth(l, c->before);
}

static void add_task_limits(struct failure_facts *f, pid_t tid, const struct pids_events *before)
{
	struct task_count tasks;
	bool counted = count_tasks(&tasks, f->uid) == 0;
	struct level_ctx c = { f, before };

	add_nproc(f, tid, counted ? &tasks : NULL);
	add_threads_max(f);
	add_pid_max(f, tid, counted ? &tasks : NULL);
	add_nofile(f, tid);
	each_level(tid, add_level, &c);
}

/* ---- memory ---- */

static void add_memory_rlimit(
	struct failure_facts *f, pid_t tid, enum limit_id id, const char *title, const char *field)
{
	struct limit *l = add(f, id);
	char path[64], text[PROC_TEXT];
	uint64_t kib;

	l->needs_memory = true;
	rlimit_max(l, tid, title);
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (proc_file_read(text, sizeof(text), path) > 0 && proc_field_u64(&kib, text, field, 10))
		set_current(l, kib * 1024);
	else
		set_unknown(l, "not in /proc/PID/status");
}

/* Lines of maps but for [vsyscall], which is no mapping of the process (arch/x86/entry/vsyscall). */
static bool count_maps(uint64_t *ret, pid_t tid)
{
	char path[64];
	char *line = NULL;
	size_t cap = 0;
	uint64_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid);
	FILE *in = fopen(path, "re");
	if (!in)
		return false;
	while (getline(&line, &cap, in) > 0)
		n += !strstr(line, "[vsyscall]");
	free(line);
	fclose(in);
	*ret = n;
	return n > 0;
}

static void add_map_count(struct failure_facts *f, pid_t tid)
{
	struct limit *l = add(f, LIMIT_MAP_COUNT);
	uint64_t n;

	read_max(l, "/proc/sys/vm/max_map_count");
	if (count_maps(&n, tid))
		set_current(l, n);
	else
		set_unknown(l, "/proc/PID/maps could not be read");
}

/* mm/util.c, __vm_enough_memory: 2 keeps to CommitLimit; 0 refuses only what no machine of this size could hold. */
static void add_commit(struct failure_facts *f)
{
	struct limit *l = add(f, LIMIT_COMMIT);
	char text[8192];
	uint64_t used, limit, ram, swap;

	l->needs_memory = true;
	if (f->overcommit >= 0)
		snprintf(l->scope, sizeof(l->scope), "mode %d", f->overcommit);
	if (f->overcommit == 1) {
		set_max(l, LIMIT_NONE);
		return;
	}
	if (f->overcommit < 0 || proc_file_read(text, sizeof(text), "/proc/meminfo") < 0) {
		set_unknown(l, "/proc/meminfo or the sysctl could not be read");
		return;
	}
	if (f->overcommit == 2 && proc_field_u64(&used, text, "Committed_AS:", 10) &&
		proc_field_u64(&limit, text, "CommitLimit:", 10)) {
		set_current(l, used * 1024);
		set_max(l, limit * 1024);
	} else if (proc_field_u64(&ram, text, "MemTotal:", 10) && proc_field_u64(&swap, text, "SwapTotal:", 10)) {
		set_current(l, 0); /* each call is judged by itself */
		set_max(l, (ram + swap) * 1024);
	}
}

/* A limit of what may be asked for: each call is judged by itself. */
static void add_ceiling(struct failure_facts *f, pid_t tid, enum limit_id id, const char *title)
{
	struct limit *l = add(f, id);

	rlimit_max(l, tid, title);
	set_current(l, 0);
}

static void add_memory_limits(struct failure_facts *f, pid_t tid)
{
	add_memory_rlimit(f, tid, LIMIT_AS, "Max address space", "VmSize:");
	add_memory_rlimit(f, tid, LIMIT_DATA, "Max data size", "VmData:");
	add_map_count(f, tid);
	add_commit(f);
}

static void add_limits(struct failure_facts *f, pid_t tid, const struct failure_ask *ask)
{
	if (ask->call == VC_SETSCHEDULER)
		add_ceiling(f, tid, LIMIT_RTPRIO, "Max realtime priority");
	else if (ask->call == VC_SETPRIORITY)
		add_ceiling(f, tid, LIMIT_NICE, "Max nice priority");
	else if (ask->call == VC_SETAFFINITY)
		return;
	else if (ask->call == VC_MMAP || ask->call == VC_MPROTECT)
		add_memory_limits(f, tid);
	else
		add_task_limits(f, tid, ask->before);
}

static bool limits_matter(const struct failure_ask *ask)
{
	int err = ask->err;

	if (ask->call >= VC_SETSCHEDULER)
		return err == EPERM || err == EACCES;
	return err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
}

int failure_facts_read(struct failure_facts *ret, pid_t tid, const struct failure_ask *ask)
{
	char path[64], text[PROC_TEXT];
	uint64_t v;

	memset(ret, 0, sizeof(*ret));
	ret->uid = UINT32_MAX;
	ret->seccomp_mode = ret->seccomp_filters = ret->no_new_privs = ret->overcommit = -1;
	int err = caller_facts_read(&ret->who, tid);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (proc_file_read(text, sizeof(text), path) > 0) {
		if (proc_field_u64(&v, text, "Uid:", 10))
			ret->uid = (uint32_t)v;
		if (proc_field_u64(&v, text, "Seccomp:", 10))
			ret->seccomp_mode = (int)v;
		if (proc_field_u64(&v, text, "Seccomp_filters:", 10))
			ret->seccomp_filters = (int)v;
		if (proc_field_u64(&v, text, "NoNewPrivs:", 10))
			ret->no_new_privs = (int)v;
	}
	if (proc_file_u64(&v, "/proc/sys/vm/overcommit_memory") == 0)
		ret->overcommit = (int)v;
	if (ask->fd >= 0)
		fd_facts_read(&ret->fd, tid, ask->fd);
	if (limits_matter(ask))
		add_limits(ret, tid, ask);
	return 0;
}

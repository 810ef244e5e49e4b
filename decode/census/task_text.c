/* SPDX-License-Identifier: MIT */
/* Files of /proc/PID/task/TID (proc(5)), handed in as text, into a task of a census. */
#include <thrtrace/census.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/procstat.h>

/* Fields of stat as proc(5) numbers them. */
enum { FIELD_FLAGS = 9, FIELD_NICE = 19, FIELD_CPU = 39, FIELD_RT = 40, FIELD_POLICY = 41 };

bool census_take_stat(struct census_task *t, const char *text)
{
	struct procstat s;
	const char *at = strrchr(text, ')');

	if (!at || procstat_parse(&s, text))
		return false;
	memcpy(t->comm, s.comm, sizeof(t->comm));
	t->state = s.state;
	for (int field = 3; (at = strchr(at, ' ')); field++) {
		at++;
		int v = field == FIELD_NICE || field >= FIELD_CPU ? (int)strtol(at, NULL, 10) : 0;
		if (field == FIELD_FLAGS)
			t->flags = (uint32_t)strtoul(at, NULL, 10);
		else if (field == FIELD_NICE)
			t->nice = v;
		else if (field == FIELD_CPU)
			t->last_cpu = v;
		else if (field == FIELD_RT)
			t->rt_priority = v;
		else if (field == FIELD_POLICY) {
			t->policy = v;
			return true;
		}
	}
	return false;
}

/* Behind a name, for which a search of the whole is quicker than a look at each line. */
static const char *field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : NULL;
}

static bool field_u64(uint64_t *ret, const char *text, const char *name)
{
	const char *at = field(text, name);
	char *end;

	if (!at)
		return false;
	*ret = strtoull(at, &end, 10);
	return end != at;
}

/* The last number of "NSpid:\t4126\t7". */
static pid_t innermost(const char *status)
{
	const char *at = field(status, "\nNSpid:\t");
	long last = 0;

	for (char *end; at && *at && *at != '\n'; at = end) {
		long v = strtol(at, &end, 10);
		if (end == at)
			break;
		last = v;
		end += strspn(end, " \t");
	}
	return (pid_t)last;
}

bool census_take_status(struct census_task *t, struct census_account *a, const char *text)
{
	const char *cpus = field(text, "\nCpus_allowed_list:\t");
	const char *last = cpus ? cpus : text; /* what follows it */

	t->tid_inside = innermost(text);
	if (!t->tid_inside)
		t->tid_inside = t->tid;
	if (cpus) {
		size_t len = strcspn(cpus, "\n");
		snprintf(t->affinity, sizeof(t->affinity), "%.*s%s", len < 60 ? (int)len : 56, cpus,
			len < 60 ? "" : "...");
	}
	a->split = field_u64(&a->voluntary, last, "\nvoluntary_ctxt_switches:") &&
		field_u64(&a->involuntary, last, "\nnonvoluntary_ctxt_switches:");
	return strncmp(text, "State:", 6) == 0 || strstr(text, "\nState:");
}

bool census_take_schedstat(struct census_account *a, const char *text)
{
	char *end, *last;

	a->cpu_ns = strtoull(text, &end, 10);
	a->wait_ns = strtoull(end, &last, 10);
	a->turns = strtoull(last, NULL, 10);
	return end != text && last != end;
}

bool census_take_sched(uint64_t *ret_ns, const char *text)
{
	static const char name[] = "se.exec_start";
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += sizeof(name) - 1;
	at += strspn(at, " \t:");
	unsigned long long ms = strtoull(at, &end, 10); /* and six digits behind the point */
	if (end == at || *end != '.' || ms > UINT64_MAX / 1000000 - 1)
		return false;
	unsigned long long ns = strtoull(end + 1, &end, 10);
	*ret_ns = ms * 1000000 + ns % 1000000;
	return true;
}

bool census_take_syscall(struct census_task *t, const char *text)
{
	struct procsyscall s;
	char *at;

	if (procsyscall_parse(&s, text))
		return false;
	if (!s.asleep)
		return true;
	t->call_known = true;
	t->nr = s.nr;
	t->sp = s.sp;
	if (s.nr == -1)
		return true;
	strtoll(text, &at, 10);
	for (unsigned i = 0; i < ARRAY_SIZE(t->arg); i++)
		t->arg[i] = strtoull(at, &at, 16);
	t->fourth = strtoull(at, NULL, 16) != 0;
	return true;
}

void census_take_wchan(struct census_task *t, const char *text)
{
	size_t len = strcspn(text, "\n");

	if (strcmp(text, "0") != 0)
		snprintf(t->wchan, sizeof(t->wchan), "%.*s",
			len < sizeof(t->wchan) ? (int)len : (int)sizeof(t->wchan) - 1, text);
}

void census_take_file(struct census_task *t, const char *target)
{
	static const struct {
		const char *begins, *kind;
	} kinds[] = { { "socket:", "socket" }, { "pipe:", "pipe" }, { "anon_inode:[eventfd", "eventfd" },
		{ "anon_inode:[timerfd", "timerfd" }, { "anon_inode:[signalfd", "signalfd" },
		{ "anon_inode:inotify", "inotify" }, { "anon_inode:[inotify", "inotify" }, { "/dev/pts/", "terminal" },
		{ "/dev/tty", "terminal" }, { "/dev/", "device" }, { "/", "file" } };

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strncmp(target, kinds[i].begins, strlen(kinds[i].begins)) == 0) {
			snprintf(t->file, sizeof(t->file), "%s", kinds[i].kind);
			return;
		}
}

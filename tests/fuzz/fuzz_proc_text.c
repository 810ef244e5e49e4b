/* SPDX-License-Identifier: MIT */
/* Any text as /proc/TID/status, limits, cgroup, mountinfo, stat or syscall. */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/proc_text.h>
#include <thrtrace/procstat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_field(const char *text, const char *name, int base)
{
	const char *at = proc_field(text, name);
	uint64_t v;

	if (at && (at < text || at > text + strlen(text)))
		abort();
	/* A number is where its name is, not somewhere behind. */
	if (proc_field_u64(&v, text, name, base) && (!at || !*at || strspn(at, "0123456789abcdefABCDEF") == 0))
		abort();
	if (proc_soft_limit(&v, text, name) && (!at || *at == '\n'))
		abort();
}

static void check_cgroup(const char *text, const char *v1)
{
	char path[PROC_PATH];
	struct cgroup_mount m;

	if (proc_cgroup_path(path, text, v1) && strchr(path, '\n'))
		abort();
	if (proc_cgroup_mount(&m, text, v1) &&
		(!m.at[0] || !m.root[0] || strpbrk(m.at, " \n") || strpbrk(m.root, " \n")))
		abort();
}

static void check_stat(const char *text)
{
	struct procstat stat;
	struct procsyscall call;

	if (procstat_parse(&stat, text) == 0 && !memchr(stat.comm, '\0', sizeof(stat.comm)))
		abort();
	if (procsyscall_parse(&call, text) == 0 && !call.asleep && call.nr != -1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1); /* of exactly that size, so that a read past its end is seen */
	uint64_t id;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_field(text, "Uid:", 10);
	check_field(text, "SigCgt:", 16);
	check_field(text, "Max stack size", 10);
	if (proc_innermost_id(&id, text) && !proc_field(text, "NStgid:"))
		abort();
	for (int sig = 1; sig <= 64; sig++)
		(void)proc_signal_handled(text, sig);
	check_stat(text);
	check_cgroup(text, NULL);
	check_cgroup(text, "pids");
	free(text);
	return 0;
}

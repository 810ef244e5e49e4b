#!/bin/sh
# SPDX-License-Identifier: MIT
# perf events of a whole CPU: who executes a set-user-ID program has an EXIT record, and lives on; a second one comes at its end.
#
# Run:    Linux 6.18.44 x86-64, no PMU; as root. Needs a C compiler and setpriv, and a file system that heeds set-user-ID bits.
# Guess:  PERF_RECORD_EXIT is written when a task ends, once. perf_event_open(2) says that events on a task are taken away by
#         an execve of a set-user-ID program; events of all tasks of a CPU (perf record -a) are not on a task, and nothing of it
#         concerns them.
# Is:     The kernel takes the task's own events away by the function that does so at its end, which writes the record of an
#         end to all who watch, though there may be no event to take. Between the two EXIT records of the same number come
#         births, switches and mappings of a live process: whoever counts processes by FORK and EXIT, or frees what he knows of
#         one at its EXIT, goes wrong. The program here makes and joins one thread, which is the FORK and an EXIT of the line.
# Seen:
#   plain: exec fork exit exit
#   set-user-ID: exec exit fork exit exit
set -u
[ "$(id -u)" = 0 ] || { echo "skipped: events of all tasks are root's"; exit 77; }
for tool in cc setpriv; do
	command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"

cat >"$dir/thread.c" <<'C'
#include <pthread.h>

static void *nothing(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t t;

	return pthread_create(&t, 0, nothing, 0) || pthread_join(t, 0);
}
C

cat >"$dir/watch.c" <<'C'
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPUS  256
#define PAGES 256
#define MOST  64

static struct perf_event_mmap_page *ring[CPUS];
static struct {
	uint64_t t;
	const char *what;
} seen[MOST];
static int n_seen;

/* Each record ends with pid, tid; time, as was asked for. */
static void take(const struct perf_event_header *h, uint32_t whose)
{
	const uint8_t *trailer = (const uint8_t *)h + h->size - 16;
	const char *what = NULL;
	uint32_t pid;

	memcpy(&pid, trailer, sizeof(pid));
	if (pid != whose || n_seen == MOST)
		return;
	if (h->type == PERF_RECORD_COMM && (h->misc & PERF_RECORD_MISC_COMM_EXEC))
		what = "exec";
	else if (h->type == PERF_RECORD_FORK)
		what = "fork";
	else if (h->type == PERF_RECORD_EXIT)
		what = "exit";
	if (!what)
		return;
	memcpy(&seen[n_seen].t, trailer + 8, 8);
	seen[n_seen++].what = what;
}

static void drain(struct perf_event_mmap_page *p, uint32_t whose)
{
	uint8_t *data = (uint8_t *)p + p->data_offset, record[1 << 16];
	uint64_t head = __atomic_load_n(&p->data_head, __ATOMIC_ACQUIRE);
	struct perf_event_header h;

	for (uint64_t at = head > p->data_size ? head - p->data_size : 0; at < head; at += h.size) {
		for (size_t i = 0; i < sizeof(h); i++)
			((uint8_t *)&h)[i] = data[(at + i) % p->data_size];
		if (h.size < sizeof(h) || h.size > head - at)
			return;
		for (size_t i = 0; i < h.size; i++)
			record[i] = data[(at + i) % p->data_size];
		take((void *)record, whose);
	}
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY, .size = sizeof(a),
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME, .sample_id_all = 1, .task = 1, .comm = 1, .comm_exec = 1,
		.exclude_kernel = 1 };
	int cpus = (int)sysconf(_SC_NPROCESSORS_CONF), n = 0;

	for (int cpu = 0; cpu < cpus && cpu < CPUS; cpu++) {
		int fd = (int)syscall(SYS_perf_event_open, &a, -1, cpu, -1, 0);
		if (fd < 0)
			continue;
		ring[n] = mmap(NULL, (PAGES + 1) * 4096, PROT_READ, MAP_SHARED, fd, 0);
		n += ring[n] != MAP_FAILED;
	}
	if (!n || argc < 3)
		return 77;
	pid_t pid = fork();
	if (pid == 0) {
		execlp("setpriv", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", argv[2], (char *)NULL);
		_exit(127);
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return 77;
	for (int i = 0; i < n; i++)
		drain(ring[i], (uint32_t)pid);
	qsort(seen, (size_t)n_seen, sizeof(seen[0]), by_time);
	printf("%s:", argv[1]);
	/* Of the two execs the second is the program's. */
	for (int i = 0, execs = 0; i < n_seen; i++) {
		execs += strcmp(seen[i].what, "exec") == 0;
		if (execs > 1)
			printf(" %s", seen[i].what);
	}
	printf("\n");
	return 0;
}
C
cc -O1 -o "$dir/watch" "$dir/watch.c" && cc -O1 -pthread -o "$dir/plain" "$dir/thread.c" || exit 77
cp "$dir/plain" "$dir/set"
chmod 4755 "$dir/set"

out=$("$dir/watch" plain "$dir/plain"; "$dir/watch" set-user-ID "$dir/set") || { echo "skipped: no events can be had"; exit 77; }
echo "$out"
want='plain: exec fork exit exit
set-user-ID: exec exit fork exit exit'
[ "$out" = "$want" ] || { echo "CHANGED: expected
$want"; exit 1; }

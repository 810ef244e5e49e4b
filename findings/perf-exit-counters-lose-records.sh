#!/bin/sh
# SPDX-License-Identifier: MIT
# perf events: a counter that is inherited with inherit_stat makes records of other events vanish, and no count of losses has
# them.
#
# Run:    Linux 6.18.44 x86-64, 2 CPUs, no PMU; 3,000 threads that end at about the same time. Needs a C compiler, 2 CPUs, and
#         kernel.perf_event_paranoid at 2 or less.
# Guess:  One ring for each CPU, and each event on that CPU, is the documented way: a ring then has one writer, so that nothing
#         is lost but what does not fit, and PERF_RECORD_LOST and PERF_FORMAT_LOST count that. A task-clock beside the event
#         for FORK and EXIT records only adds one PERF_RECORD_READ at each end.
# Is:     When a task ends, the values of all its inherited counters are written at once, those for the other CPUs too, each
#         into its own event's ring, by the CPU that the task ends on. So a ring has as many writers as there are CPUs;
#         what two of them write at the same time overlaps, and EXIT records are gone. Rings that are nearly empty (16 MiB)
#         and a lost count of 0 say that all is well. Without the counter every EXIT is there.
# Seen (the second line differs from run to run, and now and then none is missing):
#   without a counter: 3001 of 3001 ends, 0 counted as lost
#   with one: 1480 of 3001 ends, 0 counted as lost
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
[ "$(nproc)" -ge 2 ] || { echo "skipped: it takes two CPUs"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3000
#define PAGES   4096

static pthread_barrier_t all;

static void *wait_for_all(void *arg)
{
	pthread_barrier_wait(&all);
	return arg;
}

/* Threads that are all there, and end when the last one has come. */
static void end_at_once(void)
{
	pthread_t t[THREADS];
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], &small, wait_for_all, NULL))
			_exit(1);
	pthread_barrier_wait(&all);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

static int event(uint64_t config, int tells, pid_t pid, int cpu)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .config = config, .size = sizeof(a), .inherit = 1 };

	a.exclude_kernel = a.sample_id_all = 1;
	a.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
	a.task = tells;
	a.inherit_stat = !tells;
	a.read_format = tells ? 1U << 4 : 0; /* PERF_FORMAT_LOST */
	return (int)syscall(SYS_perf_event_open, &a, pid, cpu, -1, 0);
}

static unsigned ends_in(const struct perf_event_mmap_page *head)
{
	const uint8_t *data = (const uint8_t *)head + head->data_offset;
	uint64_t at = head->data_tail, end = __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE);
	unsigned n = 0;

	while (at < end) { /* 16 MiB: it has not begun anew */
		const struct perf_event_header *h = (const void *)(data + at);
		if (h->size < sizeof(*h))
			break;
		n += h->type == PERF_RECORD_EXIT;
		at += h->size;
	}
	return n;
}

int main(int argc, char **argv)
{
	int go[2], cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
	unsigned ends = 0;
	uint64_t lost = 0, value[2];
	struct perf_event_mmap_page *ring[cpus];
	int fd[cpus];
	char byte;

	if (pipe(go))
		return 1;
	pid_t pid = fork();
	if (pid == 0) {
		(void)!read(go[0], &byte, 1);
		end_at_once();
		_exit(0);
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		fd[cpu] = event(PERF_COUNT_SW_DUMMY, 1, pid, cpu);
		if (fd[cpu] < 0)
			return 77;
		ring[cpu] = mmap(NULL, (PAGES + 1) * (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd[cpu], 0);
		if (ring[cpu] == MAP_FAILED)
			return 77;
		if (argc > 1) {
			int counter = event(PERF_COUNT_SW_TASK_CLOCK, 0, pid, cpu);
			if (counter < 0 || ioctl(counter, PERF_EVENT_IOC_SET_OUTPUT, fd[cpu]) < 0)
				return 77;
		}
	}
	(void)!write(go[1], "", 1);
	waitpid(pid, NULL, 0);
	for (int cpu = 0; cpu < cpus; cpu++) {
		ends += ends_in(ring[cpu]);
		if (read(fd[cpu], value, sizeof(value)) == sizeof(value))
			lost += value[1];
	}
	printf("%s: %u of %u ends, %llu counted as lost\n", argv[1] ? "with one" : "without a counter", ends, THREADS + 1,
		(unsigned long long)lost);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/without"
[ $? -eq 77 ] && { echo "skipped: no perf events here, or no rings of 16 MiB (root has them)"; exit 77; }
[ "$(cat "$dir/without")" = 'without a counter: 3001 of 3001 ends, 0 counted as lost' ] || { cat "$dir/without"; echo "changed"; exit 1; }
cat "$dir/without"
tries=0
while [ "$tries" -lt 20 ]; do # two ends have to meet
	"$dir/t" counter >"$dir/with" || exit 77
	tries=$((tries + 1))
	case $(cat "$dir/with") in
	*": 3001 of"*) ;;
	*" 0 counted as lost") cat "$dir/with"; exit 0 ;;
	esac
done
echo "changed: none was missing in $tries runs"
exit 1

/* SPDX-License-Identifier: MIT */
/*
 * Threads that are scheduled in different ways, and tell of themselves at the last:
 *   thread TID POLICY NICE RT-PRIORITY CPUS SWITCHES
 * CPUS: a mask of the first 64. SWITCHES: of both kinds until then. What may not be set stays as it was.
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(void)
{
	struct sched_param param = { 0 };
	struct rusage used;
	cpu_set_t set;
	uint64_t mask = 0;

	sched_getparam(0, &param);
	sched_getaffinity(0, sizeof(set), &set);
	for (int cpu = 0; cpu < 64; cpu++)
		mask |= (uint64_t) !!CPU_ISSET(cpu, &set) << cpu;
	getrusage(RUSAGE_THREAD, &used);
	dprintf(1, "thread %ld %d %d %d %#llx %ld\n", (long)syscall(SYS_gettid), sched_getscheduler(0),
		getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)), param.sched_priority, (unsigned long long)mask,
		used.ru_nvcsw + used.ru_nivcsw);
}

static void *plain(void *arg)
{
	tell();
	return arg;
}

static void *nice_7(void *arg)
{
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 7);
	tell();
	return arg;
}

static void *on_one_cpu(void *arg)
{
	cpu_set_t set, one;

	sched_getaffinity(0, sizeof(set), &set);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &set))
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < 20; i++)
		usleep(100);
	tell();
	return arg;
}

static void *batch(void *arg)
{
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
	tell();
	return arg;
}

static void *round_robin(void *arg)
{
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 5 });
	tell();
	return arg;
}

int main(void)
{
	void *(*const way[])(void *) = { plain, nice_7, on_one_cpu, batch, round_robin };
	pthread_t t;

	for (unsigned i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		pthread_create(&t, NULL, way[i], NULL);
		pthread_join(t, NULL);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What a thread takes: many are made, and what has grown is divided by their number. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/machine_facts.h"
#include "kernel/proc_file.h"
#include "measure/measure.h"

struct place {
	sem_t there, leave;
};

static void *stay(void *arg)
{
	struct place *p = arg;

	sem_post(&p->there);
	while (sem_wait(&p->leave))
		;
	return NULL;
}

enum { VM, RESIDENT, PAGE_TABLES, KERNEL_STACK, SLAB, READ, CGROUP = READ, FIELDS };

/* In KiB; UINT64_MAX where it is not told. */
static void read_fields(uint64_t field[FIELDS])
{
	static const struct {
		const char *path, *name;
	} from[READ] = { { "/proc/self/status", "VmSize:" }, { "/proc/self/status", "VmRSS:" },
		{ "/proc/self/status", "VmPTE:" }, { "/proc/meminfo", "KernelStack:" },
		{ "/proc/meminfo", "SUnreclaim:" } };
	char text[8192];

	for (unsigned i = 0; i < READ; i++)
		if (proc_file_read(text, sizeof(text), from[i].path) <= 0 ||
			!proc_field_u64(&field[i], text, from[i].name, 10))
			field[i] = UINT64_MAX;
	field[CGROUP] = machine_own_kernel_memory();
	if (field[CGROUP] != UINT64_MAX)
		field[CGROUP] /= 1024;
}

static uint64_t each(const uint64_t before[FIELDS], const uint64_t after[FIELDS], unsigned field, unsigned n)
{
	if (before[field] == UINT64_MAX || after[field] == UINT64_MAX || after[field] < before[field])
		return UINT64_MAX;
	return (after[field] - before[field]) * 1024 / n;
}

void measure_memory(struct cost_memory *ret, unsigned threads)
{
	pthread_t *t = calloc(threads, sizeof(*t));
	uint64_t before[FIELDS], after[FIELDS];
	struct place p;
	unsigned n = 0;

	*ret = (struct cost_memory){ .threads = 0 };
	if (!t)
		return;
	sem_init(&p.there, 0, 0);
	sem_init(&p.leave, 0, 0);
	read_fields(before);
	while (n < threads && pthread_create(&t[n], NULL, stay, &p) == 0)
		n++;
	for (unsigned i = 0; i < n; i++)
		while (sem_wait(&p.there))
			;
	read_fields(after);
	for (unsigned i = 0; i < n; i++)
		sem_post(&p.leave);
	for (unsigned i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	free(t);
	if (!n)
		return;
	*ret = (struct cost_memory){ .threads = n,
		.address_space = each(before, after, VM, n),
		.resident = each(before, after, RESIDENT, n),
		.page_tables = each(before, after, PAGE_TABLES, n),
		.kernel_stack = each(before, after, KERNEL_STACK, n),
		.slab = each(before, after, SLAB, n),
		.cgroup = each(before, after, CGROUP, n) };
}

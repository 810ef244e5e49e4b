/* SPDX-License-Identifier: MIT */
#include "observe/events.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "observe/sampled.h"

/*
 * Of a ring without its first page: as much as every user may have in one process, and more for who may. A burst of
 * ends fills it faster than anybody reads.
 */
#define RING_PAGES       128
#define RING_PAGES_ALL   256
#define RING_PAGES_CALLS 512 /* a sample of a call has 4 KiB of a stack */
/*
 * Of all rings, as long as each has the least: the kernel takes a third of a millisecond for each MiB, and a machine of
 * many CPUs has no more births for that.
 */
#define RING_PAGES_LEAST 256
#define RING_PAGES_SUM   32768
/* So much later than it was to, a wait may end where a CPU is free. */
#define LATE_NS 2000000U
/* PERF_FORMAT_LOST, which a header may lack. */
#define FORMAT_LOST (1U << 4)

static int open_event(const struct perf_event_attr *attr, pid_t tid, int cpu)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* As PERF_RECORD_LAYOUT has it, and no counting: see events.h. */
static struct perf_event_attr teller(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.size = sizeof(struct perf_event_attr),
		.sample_type = PERF_RECORD_LAYOUT,
		.read_format = FORMAT_LOST,
		.disabled = 1,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.enable_on_exec = 1,
		.task = 1,
		.comm = 1,
		.comm_exec = 1,
		.mmap = 1,
		.mmap2 = 1,
		.mmap_data = 1,
		.context_switch = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = RING_PAGES * 4096 / 4,
	};
}

/* As that one, of a task that has called execve long ago: it begins at once. */
static struct perf_event_attr teller_of_present(const struct events *e)
{
	struct perf_event_attr a = teller();

	a.disabled = a.enable_on_exec = 0;
	a.read_format = e->counts_lost ? FORMAT_LOST : 0;
	return a;
}

/* It tells nothing and begins never: a ring is its own, and others write there. */
static struct perf_event_attr holder(void)
{
	struct perf_event_attr a = teller();

	a.inherit = a.enable_on_exec = 0;
	a.task = a.comm = a.comm_exec = a.mmap = a.mmap2 = a.mmap_data = a.context_switch = 0;
	return a;
}

/* Before Linux 6.0 there is no PERF_FORMAT_LOST. */
static int open_counting(struct events *e, struct perf_event_attr *a, pid_t tid, int cpu)
{
	int fd = open_event(a, tid, cpu);

	if (fd == -EINVAL) {
		a->read_format = 0;
		e->counts_lost = false;
		fd = open_event(a, tid, cpu);
	}
	return fd;
}

/* Of so many pages, or as every user may. */
static int map_ring(struct events *e, int fd, int cpu, size_t most)
{
	struct ring *r = &e->ring[e->n_rings];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	/* Beyond a user's share it is EPERM. */
	for (size_t pages = most; pages >= RING_PAGES; pages = pages > RING_PAGES ? RING_PAGES : 0) {
		r->bytes = (pages + 1) * page;
		r->at = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (r->at != MAP_FAILED)
			break;
	}
	if (r->at == MAP_FAILED)
		return -errno;
	r->fd = fd;
	r->cpu = cpu;
	e->poll[1 + e->n_rings++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return 0;
}

static int open_on_cpu(struct events *e, struct perf_event_attr a, pid_t tid, int cpu, size_t most)
{
	int fd = open_counting(e, &a, tid, cpu);

	if (fd < 0) {
		e->what = "perf_event_open";
		return fd;
	}
	int err = map_ring(e, fd, cpu, most);
	if (err) {
		e->what = "mmap of a ring of records";
		e->no_ring = true;
		close(fd);
	}
	return err;
}

static size_t pages_of_each(bool with_calls, size_t cpus)
{
	size_t pages = with_calls ? RING_PAGES_CALLS : RING_PAGES_ALL;

	while (pages > RING_PAGES_LEAST && pages * cpus > RING_PAGES_SUM)
		pages /= 2;
	return pages;
}

static int open_each(struct events *e, struct perf_event_attr a, pid_t tid, long cpus, size_t most)
{
	int err = 0;

	*e = (struct events){ .counts_lost = true };
	e->ring = calloc((size_t)cpus, sizeof(*e->ring));
	e->poll = calloc((size_t)cpus + 2, sizeof(*e->poll));
	if (!e->ring || !e->poll)
		return -ENOMEM;
	for (int cpu = 0; !err && cpu < cpus; cpu++) {
		err = open_on_cpu(e, a, tid, cpu, most);
		if (err == -ENODEV) /* this one is offline */
			err = 0;
	}
	return err ? err : e->n_rings ? 0 : -ENODEV;
}

/* An event and a ring for each CPU. */
static int open_rings(struct events *e, struct perf_event_attr a, pid_t tid, bool with_calls)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int err = open_each(e, a, tid, cpus, pages_of_each(with_calls, (size_t)cpus));

	/* A user's share is of all CPUs together: large rings of the first ones leave nothing for the last. */
	if (err == -EPERM && e->no_ring) {
		events_close(e);
		err = open_each(e, a, tid, cpus, RING_PAGES);
	}
	return err;
}

static bool has_large_rings(const struct events *e)
{
	for (size_t i = 0; i < e->n_rings; i++)
		if (e->ring[i].bytes / (size_t)sysconf(_SC_PAGESIZE) < RING_PAGES_LEAST)
			return false;
	return true;
}

/* Of all tasks: who may not, or has small rings, which a busy machine would fill, has to take the other way. */
static bool opens_wide(struct events *e, bool with_calls)
{
	struct perf_event_attr a = teller();

	a.disabled = a.enable_on_exec = a.inherit = 0;
	e->wide = open_rings(e, a, -1, with_calls) == 0 && has_large_rings(e);
	return e->wide;
}

int events_open(struct events *e, pid_t tid, bool with_calls)
{
	if (opens_wide(e, with_calls))
		return events_know(e, tid);
	events_close(e);
	return open_rings(e, teller(), tid, with_calls);
}

int events_open_rings(struct events *e, bool with_calls)
{
	return open_rings(e, holder(), 0, with_calls);
}

/* Room for one more event a CPU. */
static int make_room(struct events *e)
{
	size_t cap = e->cap_more ? e->cap_more * 2 : 1024;

	if (e->n_more + e->n_rings <= e->cap_more)
		return 0;
	while (cap < e->n_more + e->n_rings)
		cap *= 2;
	int *grown = realloc(e->more, cap * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	e->more = grown;
	e->cap_more = cap;
	return 0;
}

/* One a CPU, which write into the rings that are there. filter: which samples are wanted; NULL: all. */
static int open_more(struct events *e, const struct perf_event_attr *a, pid_t tid, const char *filter)
{
	int err = make_room(e);

	for (size_t i = 0; !err && i < e->n_rings; i++) {
		e->what = "perf_event_open";
		int fd = open_event(a, tid, e->ring[i].cpu);
		if (fd < 0)
			return fd;
		e->more[e->n_more++] = fd;
		e->what = "PERF_EVENT_IOC_SET_OUTPUT";
		err = ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, e->ring[i].fd) ? -errno : 0;
		if (!err && filter) {
			e->what = "PERF_EVENT_IOC_SET_FILTER";
			err = ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter) ? -errno : 0;
		}
	}
	return err;
}

int events_add(struct events *e, pid_t tid)
{
	struct perf_event_attr a = teller_of_present(e);

	return open_more(e, &a, tid, NULL);
}

/* A tracepoint, sampled each time. */
static struct perf_event_attr sampler(const struct events *e, uint16_t id, bool with_stack)
{
	struct perf_event_attr a = teller();

	a.type = PERF_TYPE_TRACEPOINT;
	a.config = id;
	a.sample_type = PERF_SAMPLE_LAYOUT;
	a.sample_period = 1;
	a.sample_regs_user = sampled_regs_mask;
	a.sample_stack_user = with_stack ? SAMPLED_STACK : 0;
	a.read_format = e->counts_lost ? FORMAT_LOST : 0;
	a.task = a.comm = a.comm_exec = a.mmap = a.mmap2 = a.mmap_data = a.context_switch = 0;
	return a;
}

/* tid: -1 for all tasks of the machine. */
static int open_samplers(struct events *e, pid_t tid, const struct tracepoints *ids)
{
	int err = 0;

	e->of_all = tid < 0;
	for (unsigned i = 0; !err && i < TRACED_CALLS; i++) {
		bool makes = i < TRACED_exit_group;
		struct perf_event_attr begin = sampler(e, ids->enter[i], makes || i == TRACED_set_robust_list);
		struct perf_event_attr back = sampler(e, ids->exit[i], true);
		if (e->of_all)
			begin.inherit = begin.disabled = begin.enable_on_exec = back.inherit = back.disabled =
				back.enable_on_exec = 0;
		if (ids->enter[i])
			err = open_more(e, &begin, tid, NULL);
		/* Of the return to the creator FORK tells. */
		if (!err && makes && ids->exit[i])
			err = open_more(e, &back, tid, "ret <= 0");
	}
	return err;
}

int events_open_all_calls(struct events *e, const struct tracepoints *ids)
{
	e->slow_to_close = true;
	return open_samplers(e, -1, ids);
}

int events_open_calls(struct events *e, pid_t tid, const struct tracepoints *ids)
{
	int err = events_open_all_calls(e, ids);

	return err == -EACCES || err == -EPERM ? open_samplers(e, tid, ids) : err;
}

bool events_may_watch_all(void)
{
	struct perf_event_attr a = holder();
	int fd = open_event(&a, -1, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

size_t events_each(const struct events *e, const struct tracepoints *ids)
{
	size_t each = !e->wide;

	for (unsigned i = 0; ids && !e->of_all && i < TRACED_CALLS; i++)
		each += (ids->enter[i] ? 1U : 0U) + (i < TRACED_exit_group && ids->exit[i] ? 1U : 0U);
	return each * e->n_rings;
}

static bool is_event(const struct events *e, int fd)
{
	for (size_t i = 0; i < e->n_more; i++)
		if (e->more[i] == fd)
			return true;
	return false;
}

static void close_all_but_events_and(const struct events *e, int kept)
{
	int last = kept;

	for (size_t i = 0; i < e->n_more; i++)
		last = e->more[i] > last ? e->more[i] : last;
	for (int fd = 0; fd <= last; fd++)
		if (fd != kept && !is_event(e, fd))
			close(fd);
	syscall(SYS_close_range, last + 1, ~0U, 0);
}

/*
 * A tracepoint takes the kernel some 30 ms to close, one after the other, and the time is that of the last who has it
 * open. It shall be a child of nobody's, so that nobody who reads thrtrace's output waits for it: the child has nothing
 * else open, and ends when what is returned has been closed. -1: there is no child.
 */
static int leave_to_a_child(const struct events *e)
{
	int way[2];
	char none;

	if (pipe2(way, O_CLOEXEC))
		return -1;
	pid_t child = fork();
	if (child == 0 && fork() == 0) {
		close_all_but_events_and(e, way[0]);
		(void)!read(way[0], &none, 1);
	}
	if (child == 0)
		_exit(0);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
	close(way[0]);
	return way[1];
}

void events_close(struct events *e)
{
	int left = e->slow_to_close ? leave_to_a_child(e) : -1;

	for (size_t i = 0; i < e->n_rings; i++) {
		munmap(e->ring[i].at, e->ring[i].bytes);
		close(e->ring[i].fd);
	}
	for (size_t i = 0; i < e->n_more; i++)
		close(e->more[i]);
	if (left >= 0)
		close(left);
	events_await_end(e, 0);
	events_forget(e);
	free(e->more);
	free(e->ring);
	free(e->poll);
	*e = (struct events){ 0 };
}

void events_await_end(struct events *e, pid_t pid)
{
	if (e->awaits_end)
		close(e->end_fd);
	e->end_fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	e->awaits_end = e->end_fd >= 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

bool events_wait(const struct events *e, bool or_filled, uint32_t timeout_ns)
{
	const struct timespec timeout = { .tv_nsec = timeout_ns };
	uint64_t until_ns = now_ns() + timeout_ns;
	size_t first = or_filled ? 1 : 1 + e->n_rings;

	e->poll[1 + e->n_rings] = (struct pollfd){ .fd = e->awaits_end ? e->end_fd : -1, .events = POLLIN };
	(void)ppoll(e->poll + first, 2 + e->n_rings - first, &timeout, NULL);
	return now_ns() > until_ns + LATE_NS;
}

bool events_wait_filled(const struct events *e, int other_fd)
{
	e->poll[0] = (struct pollfd){ .fd = other_fd, .events = POLLIN };
	if (ppoll(e->poll, 1 + e->n_rings, NULL, NULL) < 0)
		return false;
	for (size_t i = 1; i <= e->n_rings; i++)
		if (e->poll[i].revents & ~POLLIN) /* POLLHUP: nobody is left whom it could tell of; so it is for ever */
			e->poll[i].fd = -1;
	return !e->poll[0].revents;
}

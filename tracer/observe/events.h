/* SPDX-License-Identifier: MIT */
/*
 * The perf events that watch a tree of tasks, and the rings that their records come in: perf_event_open(2).
 *
 * One software event a CPU on a task that waits, inherited by whatever it makes, writes of births, ends, names,
 * mappings and switches into the ring of its CPU. It stops nobody. No right is needed for one's own tasks where
 * kernel.perf_event_paranoid is 2 or less.
 *
 * Who may (CAP_PERFMON, root) has that event for all tasks of a CPU: then nothing is made for each new task, which is
 * most of what the events cost a program that makes many. Records of strangers come, too, and are left out.
 *
 * Tasks that run already get one each, and each of them one a CPU: an event sees its own task, and what that makes from
 * then on. All of a CPU write into one ring, which belongs to an event of thrtrace's own that tells nothing: it
 * outlives them all.
 *
 * Of the calls that make and end tasks tracepoints tell, and no breakpoints: a breakpoint's hit goes to the hypervisor
 * in a guest (28 to 45 us), a task and CPU have four of them, which a debugger in the program wants as well, and each
 * takes an address that is to be found in whichever C library a program has.
 *
 * There is no event that counts (the time that a task ran, say, with inherit_stat): what it has counted is written at
 * each task's end into the rings of all CPUs, by the one that the task ended on. A ring is made for one writer: records
 * of others then vanish, and no count of losses has them. Linux 6.18, 3000 threads that end at once on 2 CPUs: half of
 * their ends.
 */
#ifndef TRACER_EVENTS_H
#define TRACER_EVENTS_H

#include <poll.h>
#include <stdatomic.h>

#include "observe/tracepoints.h"
#include "records/perf_record.h"

struct ring {
	int fd, cpu; /* of the event whose ring it is */
	void *at;
	size_t bytes;            /* of the mapping */
	uint64_t end;            /* up to where it is handed over next */
	uint64_t learned, until; /* from where it is looked through for processes, and up to where */
};

struct known_process;

struct events {
	struct ring *ring;   /* one a CPU */
	struct pollfd *poll; /* that of events_wait_filled, one a ring, and end_fd */
	size_t n_rings;
	int *more; /* other events, which write into the ring of their CPU */
	size_t n_more, cap_more;
	bool slow_to_close; /* there are tracepoints among them */
	bool of_all;        /* and these sample every task of the machine: events_drain hands over those that the others
			       have told of */
	bool wide;          /* so do the first ones: events_drain hands over what is of processes that are known, and
			       of what these have made */
	struct known_process *known;
	bool awaits_end;
	int end_fd;         /* a pidfd, by which events_wait is over when the process has ended */
	bool counts_lost;   /* PERF_FORMAT_LOST, from Linux 6.0 on */
	uint64_t lost;      /* so many records, of which events_drain has told */
	atomic_bool filled; /* a ring was half full when it was drained last: 128 KiB wake events_wait_filled */
	const char *what;   /* which step failed, when one did; static text */
	bool no_ring;       /* it was that a ring could not be mapped */
};

/*
 * Opens the events on the process tid, which has one task, that waits and hands them down to what it makes; they begin
 * at the execve of such a task, or (e->wide) at once. with_calls: events_open_calls follows, and the rings are large
 * (the kernel takes a third of a millisecond for each MiB). 0, or -errno with e->what; what is open is closed by
 * events_close in any case.
 */
int events_open(struct events *e, pid_t tid, bool with_calls) THR_MUST_CHECK;
/*
 * Besides, of the same task: samples of the calls that make or end tasks. While they are open every system call of the
 * machine takes the kernel's slow way. Likewise.
 *
 * Who may (CAP_PERFMON, root) has one for all tasks of a CPU. Else each task inherits its own, for which the kernel
 * searches all its tracepoints: some 15 us for each of them (Linux 6.18), in the call that makes the task.
 */
int events_open_calls(struct events *e, pid_t tid, const struct tracepoints *ids) THR_MUST_CHECK;
/* The same of no task alone, but of all: -EACCES or -EPERM where that may not be. Whose are kept: events_know. */
int events_open_all_calls(struct events *e, const struct tracepoints *ids) THR_MUST_CHECK;
/* The samples of this process are wanted, too. 0 or -ENOMEM. */
int events_know(struct events *e, pid_t tgid) THR_MUST_CHECK;
/* Whether that may be of all tasks, tried on an event that counts nothing. */
bool events_may_watch_all(void);
/* Opens the rings alone, for events_add. Likewise. */
int events_open_rings(struct events *e, bool with_calls) THR_MUST_CHECK;
/*
 * Watches the task tid, which runs already, and what it makes from now on. 0, or -errno with e->what: -ESRCH when it is
 * gone, -EMFILE when descriptors are used up: it takes one a CPU.
 */
int events_add(struct events *e, pid_t tid) THR_MUST_CHECK;
void events_close(struct events *e);

/*
 * So many events each task gets from its creator, where these are open beside them; NULL: none. It takes the kernel
 * about a microsecond for each to make it and to end it with its task (Linux 6.18: 1.2), and for one of a tracepoint
 * more, which is found anew.
 */
size_t events_each(const struct events *e, const struct tracepoints *ids);
#define EVENT_COST_NS 1200U
/* From here on that is more than the stops of --light take: threads that do nothing, made and joined in a row. */
#define EVENTS_DEAR 64

/* Bytes: the length of a record has 16 bits. */
#define EVENTS_RECORD_MAX (1U << 16)

/* Takes a record, and the n bytes that it was read from: 0 or -errno. */
typedef int events_take(void *ctx, const struct perf_record *record, const void *bytes, size_t n);
/* Hands over what is in the rings. 0, what `take` said, or -EBADMSG: there are no records of the expected layout. */
int events_drain(struct events *e, events_take *take, void *ctx) THR_MUST_CHECK;
/* Frees what it has learned of processes. */
void events_forget(struct events *e);
/* The end of this process ends a wait, too, from now on; 0: no more. */
void events_await_end(struct events *e, pid_t pid);
/*
 * Waits at most so long: less than a second. or_filled: as events_wait_filled, too. Whether it was late: the CPUs are
 * busy with others.
 */
bool events_wait(const struct events *e, bool or_filled, uint32_t timeout_ns);
/* Waits until a ring has 128 KiB; false: other_fd can be read, or waiting fails. */
bool events_wait_filled(const struct events *e, int other_fd);
/* How many records were lost in all, those after the last that fitted included; UINT64_MAX where it can't be told. */
uint64_t events_lost(const struct events *e);

#endif

/* SPDX-License-Identifier: MIT */
/* A trace whose records a test writes one by one, in an order of its choice. */
#ifndef OBSERVE_SCENE_H
#define OBSERVE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/program.h"
#include "observe/story.h"
#include "recorder.h"

#define PROGRAM 5000000
#define MS      UINT64_C(1000000)

/* A trace of PROGRAM whose records are told one after the other, each `step` after the last. */
struct scene {
	struct run run;
	struct kernel k;
	struct recorder recorder;
	struct story story;
	uint64_t t_ns, step_ns;
};

static inline uint64_t now(void *ctx)
{
	return ((struct scene *)ctx)->t_ns;
}

static inline int origin(void *ctx, struct origin *ret)
{
	(void)ctx;
	*ret = (struct origin){ .kernel = "6.18", .machine = "x86_64", .version = "1" };
	return 0;
}

static inline void identify(void *ctx, pid_t tid, struct program_facts *ret)
{
	(void)ctx;
	(void)tid;
	*ret = (struct program_facts){ .path = "/bin/program", .kind = LIBC_GLIBC };
}

static inline void begin(struct scene *s, bool follow)
{
	memset(s, 0, sizeof(*s));
	s->t_ns = MS;
	s->step_ns = 1000;
	s->k = (struct kernel){ .ctx = s, .now_ns = now, .origin = origin, .identify = identify };
	recorder_init(&s->recorder);
	s->run = (struct run){ .k = &s->k, .asked = { .mode = MODE_OBSERVE, .follow_forks = follow } };
	const struct view v = { .sink = &s->recorder.s, .output.fd = -1 };
	assert_int_equal(telling_add_view(&s->run.tell, &v), 0);
	assert_int_equal(run_begin_telling(&s->run, 100, s->t_ns), 0);
	s->story = (struct story){ .r = &s->run, .path = "/bin/program" };
}

static inline void add(struct scene *s, struct perf_record r)
{
	s->t_ns += s->step_ns;
	r.t_ns = s->t_ns;
	assert_int_equal(order_add(&s->story.order, &r), 0);
}

static inline void forks(struct scene *s, pid_t by, pid_t tid, pid_t tgid, pid_t by_tgid)
{
	add(s,
		(struct perf_record){ .kind = PERF_FORK,
			.by_tgid = by_tgid,
			.by_tid = by,
			.u.task = { .tgid = tgid, .tid = tid, .parent_tgid = by_tgid, .parent_tid = by } });
}

static inline void thread(struct scene *s, pid_t by, pid_t tid)
{
	forks(s, by, tid, PROGRAM, PROGRAM);
}

static inline void exits(struct scene *s, pid_t tid, pid_t tgid)
{
	add(s,
		(struct perf_record){ .kind = PERF_EXIT,
			.by_tgid = tgid,
			.by_tid = tid,
			.u.task = { .tgid = tgid, .tid = tid, .parent_tgid = 1, .parent_tid = 1 } });
}

static inline void names(struct scene *s, pid_t by, pid_t tid, const char *name, bool exec)
{
	struct perf_record r = { .kind = PERF_COMM,
		.by_tgid = PROGRAM,
		.by_tid = by,
		.u.comm = { .tgid = PROGRAM, .tid = tid, .exec = exec } };

	strncpy(r.u.comm.name, name, sizeof(r.u.comm.name) - 1);
	add(s, r);
}

static inline void maps(struct scene *s, pid_t by, taddr low, taddr high, uint32_t prot)
{
	add(s,
		(struct perf_record){ .kind = PERF_MAP,
			.by_tgid = PROGRAM,
			.by_tid = by,
			.u.map = { PROGRAM, by, low, high, prot, true } });
}

static inline void switches(struct scene *s, pid_t tid, bool out, bool preempted)
{
	add(s,
		(struct perf_record){
			.kind = PERF_SWITCH, .by_tid = tid, .u.change = { .out = out, .preempted = preempted } });
}

static inline void starts(struct scene *s)
{
	names(s, PROGRAM, PROGRAM, "program", true);
	maps(s, PROGRAM, 0x1000, 0x2000, PROT_READ);
}

/* The program's exit status is known, and everything is told. */
static inline const char *over(struct scene *s, int wstatus)
{
	s->run.main.ended = true;
	s->run.main.wstatus = wstatus;
	s->story.whole_ns = s->t_ns;
	while (story_tell(&s->story, 3, true))
		;
	story_leave(&s->story);
	assert_int_equal(s->run.error, 0);
	recorder_finish(&s->recorder);
	assert_string_equal(s->recorder.broken, "");
	return outbuf_str(&s->recorder.story);
}

static inline void end(struct scene *s)
{
	story_release(&s->story);
	run_release(&s->run);
	recorder_release(&s->recorder);
}

static inline const struct task *task_at(struct scene *s, uint32_t label)
{
	return model_by_serial(s->run.tell.model, label + 1);
}

#endif

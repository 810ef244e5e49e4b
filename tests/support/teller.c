/* SPDX-License-Identifier: MIT */
#include "teller.h"

#include <stdlib.h>
#include <string.h>

static uint64_t moment(void *ctx)
{
	return *(const uint64_t *)ctx;
}

void teller_init(struct teller *t, size_t keep_dead, const char *view, const struct sink_config *config)
{
	static const struct sink_config plain = { .notes = NOTES_FIRST };

	memset(t, 0, sizeof(*t));
	if (telling_begin(&t->tell, keep_dead, (struct telling_clock){ moment, &t->t_ns }, 0))
		abort();
	if (!view)
		return;
	struct view v = { .sink = sink_new(sink_by_name(view), config ? config : &plain), .output.fd = OUTPUT_KEPT };
	outbuf_init(&v.output.buf, 1 << 20);
	if (!v.sink || telling_add_view(&t->tell, &v))
		abort();
}

void teller_release(struct teller *t)
{
	telling_release(&t->tell);
	telling_close_views(&t->tell);
}

struct outbuf *teller_out(struct teller *t)
{
	return &t->tell.view[0].output.buf;
}

struct event *tell(struct teller *t)
{
	t->ev.t_ns = t->t_ns += 1000;
	if (telling_tell(&t->tell, &t->ev, true))
		abort();
	return &t->ev;
}

const struct task *tell_program(struct teller *t, enum libc_kind libc)
{
	static const char *const names[] = { NULL, "glibc 2.36", "musl", "bionic", "Go" };
	const struct task *task = model_task_new(t->tell.model, 100, 100, NULL);

	t->ev = (struct event){
		.kind = EV_BIRTH, .task = task, .u.birth = { .kind = BIRTH_PROGRAM, .followed = true, .comm = "prog" }
	};
	tell(t);
	t->ev = (struct event){
		.kind = EV_EXEC,
		.task = task,
		.u.exec = { .path = "/bin/prog",
			.comm = "prog",
			.stack_low = 0x7ffc00000000,
			.stack_high = 0x7ffc00800000,
			.former_tid = 100,
			.libc_kind = libc,
			.libc = names[libc] },
	};
	tell(t);
	return task;
}

struct event *tell_call_args(
	struct teller *t, const struct task *task, enum call_id id, int64_t result, const uint64_t arg[CALL_ARGS])
{
	t->call = (struct call){ .id = id, .abi = abi_native() };
	memcpy(t->call.arg, arg, sizeof(t->call.arg));
	t->ev = (struct event){
		.kind = EV_CALL,
		.task = task,
		.u.call = { .call = &t->call, .how = RESULT_SEEN, .result = result, .took_ns = 500 },
	};
	return tell(t);
}

const struct task *tell_birth(struct teller *t, const struct task *creator, pid_t tid, const struct call_clone *args,
	const struct birth_facts *facts)
{
	pid_t tgid = args->flags & 0x10000 ? creator->tgid : tid; /* CLONE_THREAD */
	const struct task *task = model_task_new(t->tell.model, tid, tgid, creator);

	t->ev = (struct event){
		.kind = EV_BIRTH,
		.task = task,
		.u.birth = { .kind = BIRTH_CALL, .args = *args, .creator = creator, .followed = true },
	};
	if (facts)
		t->ev.u.birth.facts = *facts;
	tell(t);
	return task;
}

const struct task *tell_wait(struct teller *t, const struct task *task, taddr addr, uint32_t op, uint32_t val)
{
	const struct task *joined = model_joined_by_wait(t->tell.model, task, addr, op, val);

	t->call = (struct call){ .id = CALL_futex, .abi = abi_native(), .arg = { addr, op, val } };
	t->ev = (struct event){ .kind = EV_CALL_BEGIN, .task = task, .u.call = { .call = &t->call, .joins = joined } };
	tell(t);
	return joined;
}

struct event *tell_end(struct teller *t, const struct task *task, enum end_how how, int status)
{
	t->ev = (struct event){
		.kind = EV_END,
		.task = task,
		.u.end = { .how = how,
			.status = status,
			.sig = how == END_SIGNAL ? status : 0,
			.exit_stop_seen = true },
	};
	return tell(t);
}

struct call_clone pthread_args(taddr stack, uint64_t size, taddr tls)
{
	return (struct call_clone){
		.via = VIA_CLONE3,
		.flags = PTHREAD_FLAGS,
		.stack = stack,
		.stack_size = size,
		.tls = tls,
		.parent_tid = tls + 0x2d0,
		.child_tid = tls + 0x2d0,
	};
}

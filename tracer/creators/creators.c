/* SPDX-License-Identifier: MIT */
#include "creators/creators.h"

#include <elf.h>
#include <stdlib.h>

#include <uthash.h>

#include <thrtrace/abi.h>
#include <thrtrace/explain.h>
#include <thrtrace/fault.h>

#include "creators/join_notes.h"
#include "creators/python.h"
#include "creators/start_routine.h"
#include "creators/start_routine32.h"
#include "symbols/jit_names.h"
#include "symbols/symbols.h"
#include "creators/tls.h"
#include "creators/waits.h"
#include "unwind/unwind.h"
#include "unwind/unwind32.h"

struct known_space {
	pid_t tgid;
	struct symbols_space *space;
	struct tls_layout *tls; /* NULL: not read yet */
	bool tls_known;
	uint64_t tls_generation; /* of the space when it was */
	taddr threads_code;      /* in the library that makes threads; 0: none found */
	bool threads_code_looked;
	struct python *python; /* NULL: not asked for */
	struct jit_names *jit; /* likewise */
	UT_hash_handle hh;
};

struct live_creators {
	struct creators base;
	const struct kernel *door;
	struct symbols *symbols;
	struct unwinder *unwinder;
	struct known_space *spaces;
	struct known_space *asked; /* the last one that was; NULL: none */
};

static void forget(struct live_creators *c, struct known_space *s)
{
	HASH_DEL(c->spaces, s);
	if (c->asked == s)
		c->asked = NULL;
	symbols_space_free(s->space);
	free(s->tls);
	free(s->python);
	jit_names_free(s->jit);
	free(s);
}

static struct live_creators *live(struct creators *c)
{
	return (struct live_creators *)c;
}

static void release(struct creators *base)
{
	struct live_creators *c = live(base);
	struct known_space *s, *next;

	HASH_ITER (hh, c->spaces, s, next)
		forget(c, s);
	unwinder_free(c->unwinder);
	symbols_free(c->symbols);
	free(c);
}

static struct known_space *known(struct live_creators *c, pid_t tgid)
{
	struct known_space *s = c->asked;

	if (s && s->tgid == tgid)
		return s;
	HASH_FIND(hh, c->spaces, &tgid, sizeof(tgid), s);
	c->asked = s;
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->tgid = tgid;
	s->space = symbols_space_new(c->symbols, c->door);
	if (s->space)
		symbols_space_leader(s->space, tgid);
	if (s->space)
		HASH_ADD(hh, c->spaces, tgid, sizeof(s->tgid), s);
	if (!s->space || !s->hh.tbl) {
		symbols_space_free(s->space);
		free(s);
		return NULL;
	}
	return s;
}

static struct symbols_space *space_of(struct live_creators *c, pid_t tgid)
{
	struct known_space *s = known(c, tgid);

	return s ? s->space : NULL;
}

static const struct tls_layout *read_tls(struct creators *base, struct task_ids task)
{
	struct live_creators *c = live(base);
	struct known_space *s = known(c, task.tgid);

	if (!s)
		return NULL;
	uint64_t generation = symbols_space_generation(s->space);
	if (!s->tls)
		s->tls = malloc(sizeof(*s->tls));
	else if (s->tls_generation == generation)
		return s->tls_known ? s->tls : NULL;
	if (!s->tls)
		return NULL;
	s->tls_known = tls_read(s->space, task.tid, s->tls);
	s->tls_generation = generation;
	return s->tls_known ? s->tls : NULL;
}

/* glibc's struct pthread, which ends where the stack's last page does, is no larger. */
#define PD_EXPECTED 2368

static bool within(const struct mem_range *r, taddr at, size_t n)
{
	return at >= r->at && at - r->at <= r->n && r->n - (size_t)(at - r->at) >= n;
}

static void expect(struct creators *base, struct task_ids creator, pid_t child, const struct call_clone *args)
{
	struct live_creators *c = live(base);
	struct symbols_space *space = space_of(c, creator.tgid);
	struct mem_range range[3] = { 0 };
	unsigned n = 1; /* the frames come first, known or not */
	uint64_t page = kernel_page(c->door);
	taddr tp = args->flags & CLONE_SETTLS_ ? call_clone_tls(args) : 0;

	if (!c->door->expect_mem || !space || !(args->flags & CLONE_VM_))
		return;
	if (c->door->used_mem && (args->flags & CLONE_PARENT_SETTID_)) /* glibc: a word of its struct pthread */
		c->door->used_mem(c->door->ctx, creator.tid, (struct mem_range){ args->parent_tid, sizeof(pid_t) });
	unsigned frames = unwind_expects(c->unwinder, c->door, creator.tid, space, &range[0]);
	if (args->args_read && !within(&range[0], args->args_at, args->args_read))
		range[n++] = (struct mem_range){ args->args_at, args->args_read };
	size_t rest = (size_t)(page_down(tp, page) + page - tp);
	if (tp)
		range[n++] = (struct mem_range){ tp, rest < PD_EXPECTED ? rest : PD_EXPECTED };
	if (n - 1 + frames > 1)
		c->door->expect_mem(c->door->ctx, (const pid_t[]){ creator.tid, child }, range, n);
}

static void read_native(struct creators *base, struct task_ids task, bool at_clone, struct backtrace *ret)
{
	struct live_creators *c = live(base);
	struct symbols_space *space = space_of(c, task.tgid);

	ret->n = 0;
	ret->stopped = "out of memory";
	if (!space)
		return;
	symbols_space_look(space);
	if (unwind_task(c->unwinder, c->door, task.tid, space, at_clone, ret) < 0)
		ret->stopped = "its registers could not be read";
}

static taddr threads_code(struct known_space *s, pid_t tid)
{
	if (!s->threads_code_looked) {
		s->threads_code = start_threads_code(s->space, tid);
		s->threads_code_looked = true;
	}
	return s->threads_code;
}

/* What compilers and interpreters of the program tell; what the latter keep of their frames is true while it rests. */
static void read_backtrace(struct creators *base, struct task_ids task, bool at_clone, struct backtrace *ret)
{
	struct known_space *s;

	read_native(base, task, at_clone, ret);
	s = known(live(base), task.tgid);
	if (s)
		jit_names_fill(&s->jit, s->space, task.tid, ret);
	if (s && !base->late && backtrace_python(ret))
		python_mix(&s->python, s->space, task.tid,
			abi_native() && abi_native()->tp_points_to_itself ? 0 : threads_code(s, task.tid), ret);
}

static uint64_t read_depth(struct creators *base, pid_t tid, const struct backtrace *bt, taddr sp, taddr high)
{
	struct recursion rec;

	if (!backtrace_recursion(bt, &rec) || !rec.to_the_end || rec.first + rec.period >= bt->n || high <= sp)
		return 0;
	return unwind_depth(
		live(base)->unwinder, live(base)->door, tid, sp, high, bt->frame[rec.first + rec.period].pc);
}

static void find_start(struct creators *base, struct task_ids child, const struct call_clone *args, taddr tls,
	const struct backtrace *bt, struct start_routine *ret)
{
	struct live_creators *c = live(base);
	struct symbols_space *space = space_of(c, child.tgid);
	uint64_t raw[64];
	struct start_hints hints;

	*ret = (struct start_routine){ .unknown = "its registers could not be read" };
	ssize_t n = c->door->regset(c->door->ctx, child.tid, NT_PRSTATUS, raw, sizeof(raw));
	if (!space || n < 0)
		return;
	struct regs32 regs32;
	bool narrow = regs32_parse(raw, (size_t)n, &regs32) == 0;
	if (!narrow && start_hints_regs(raw, (size_t)n, &hints) < 0) {
		ret->unknown = "a task of another machine type";
		return;
	}
	hints.tid = child.tid;
	hints.clone3 = args->via == VIA_CLONE3;
	hints.own_stack = call_clone_sp(args) != 0;
	hints.settls = (args->flags & CLONE_SETTLS_) != 0;
	hints.tls = tls;
	hints.ran = base->late;
	if (narrow)
		start_routine32_find(space, &hints, &regs32, bt, ret);
	else
		start_routine_find(space, &hints, bt, ret);
	if (ret->known && jit_names_routine(known(c, child.tgid)->jit, space, &ret->at) && frame_is_own(&ret->at))
		ret->label = (struct frame){ 0 }; /* the program's own function needs nobody who speaks for it */
	if (bt && ret->known && !base->late)
		python_label(&known(c, child.tgid)->python, space, child.tid, bt, ret);
}

static void find_started(
	struct creators *base, struct task_ids task, const struct start_asked *of, struct start_routine *ret)
{
	struct live_creators *c = live(base);
	struct known_space *s = known(c, task.tgid);

	*ret = (struct start_routine){ .unknown = "out of memory" };
	if (!s)
		return;
	symbols_space_look(s->space);
	taddr code = of->code ? of->code : threads_code(s, task.tid);
	start_routine_of_running(s->space, task.tid, of->tp, of->musl_top, code, ret);
}

static taddr find_base(struct creators *base, struct task_ids task, taddr robust_head)
{
	struct known_space *s = known(live(base), task.tgid);

	if (!s)
		return 0;
	symbols_space_look(s->space);
	return start_base_of_running(s->space, task.tid, robust_head, threads_code(s, task.tid));
}

static enum join_note read_noted(struct creators *base, struct task_ids reader, const struct join_asked *asked)
{
	struct known_space *s = known(live(base), reader.tgid);

	if (!s)
		return JOIN_NOT_KNOWN;
	symbols_space_look(s->space);
	return join_notes_read(s->space, asked->musl_state ? 0 : threads_code(s, reader.tid), reader.tid, asked);
}

static enum end_wait find_waits(struct creators *base, struct task_ids task)
{
	struct live_creators *c = live(base);
	struct symbols_space *space = space_of(c, task.tgid);
	struct backtrace bt;

	if (!space)
		return WAITS_EITHER;
	read_native(base, task, false, &bt);
	return waits_of(space, task.tid, &bt);
}

static const char *find_datum(struct creators *base, struct task_ids task, taddr addr, uint64_t *ret_offset)
{
	struct symbols_space *space = space_of(live(base), task.tgid);

	return space ? symbols_datum(space, task.tid, addr, ret_offset) : NULL;
}

static void forget_program(struct creators *base, pid_t tgid)
{
	struct live_creators *c = live(base);
	struct known_space *s;

	HASH_FIND(hh, c->spaces, &tgid, sizeof(tgid), s);
	if (!s)
		return;
	symbols_space_exec(s->space);
	s->threads_code_looked = false;
	free(s->tls);
	s->tls = NULL;
	free(s->python);
	s->python = NULL;
	jit_names_free(s->jit);
	s->jit = NULL;
}

static void forget_process(struct creators *base, pid_t tgid)
{
	struct live_creators *c = live(base);
	struct known_space *s;

	HASH_FIND(hh, c->spaces, &tgid, sizeof(tgid), s);
	if (s)
		forget(c, s);
}

struct creators *creators_new(const struct kernel *door)
{
	static const struct creators_ops ops = {
		.release = release,
		.expect = expect,
		.backtrace = read_backtrace,
		.depth = read_depth,
		.start = find_start,
		.started = find_started,
		.base = find_base,
		.waits = find_waits,
		.datum = find_datum,
		.noted = read_noted,
		.tls = read_tls,
		.exec = forget_program,
		.gone = forget_process,
	};
	struct live_creators *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base.ops = &ops;
	c->door = door;
	c->symbols = symbols_new();
	c->unwinder = unwinder_new();
	if (!c->symbols || !c->unwinder) {
		release(&c->base);
		return NULL;
	}
	return &c->base;
}

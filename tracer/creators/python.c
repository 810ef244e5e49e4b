/* SPDX-License-Identifier: MIT */
#include "creators/python.h"

#include <errno.h>
#include <stdlib.h>

#include <thrtrace/abi.h>

#include "creators/start_routine.h"
#include "kernel/task_regs.h"

/* Where a module's variable is in the process; 0: it has none of the name. */
static taddr variable(struct symbols_space *space, pid_t tid, taddr code, const char *name)
{
	const struct symbols_range *r = symbols_range(space, tid, code);
	const struct module_mark *mark = r && r->module ? module_mark(r->module, name) : NULL;

	return mark ? mark->addr + r->bias : 0;
}

static const char *why_not(struct symbols *s, const struct cpython *py, int err)
{
	struct outbuf words;

	outbuf_init(&words, 256);
	cpython_why_format(&words, py, err);
	const char *why = outbuf_status(&words) ? NULL : symbols_text(s, outbuf_str(&words));
	outbuf_release(&words);
	return why;
}

/* code: of the interpreter. Asked once, as long as no code of the process is replaced. */
static bool is_known(struct python *p, struct symbols_space *space, pid_t tid, taddr code)
{
	uint64_t generation = symbols_space_generation(space), version = 0;

	if (p->asked && p->generation == generation)
		return p->known;
	p->asked = true;
	p->known = false;
	p->why = NULL;
	p->generation = generation;
	struct mem mem = reread_begin(&p->frames, symbols_door(space), tid);
	taddr version_at = variable(space, tid, code, "Py_Version");
	taddr runtime = variable(space, tid, code, "_PyRuntime");
	if (version_at && mem_u64(&mem, version_at, &version))
		return false;
	if (!runtime)
		return false;
	int err = cpython_open(&p->is, &mem, runtime, version);
	p->known = err == 0;
	if (err == -EPROTONOSUPPORT || err == -EINVAL)
		p->why = why_not(symbols_of(space), &p->is, err);
	return p->known;
}

/* CPython's name of a thread is its pthread_t, which is its TLS base where that points to itself. 0: not known. */
static taddr thread_id(struct symbols_space *space, pid_t tid, taddr threads_code)
{
	const struct abi *abi;
	struct regs regs;

	if (task_regs(symbols_door(space), tid, &regs, &abi) || abi->word != 8 || !regs.tp_known)
		return 0;
	return abi->tp_points_to_itself ? regs.tp : start_record_of(space, tid, regs.tp, threads_code);
}

static struct frame frame_of(struct symbols *s, const struct cpython_frame *f)
{
	return (struct frame){
		.pc = f->pc,
		.module = PYTHON_MODULE,
		.symbol = symbols_text(s, f->name),
		.file = symbols_text(s, f->file),
		.line = f->line,
		.in_program = true,
	};
}

/* How many frames there are in p->stack. */
static size_t read_stack(struct python *p, struct symbols_space *space, const struct mem *mem, struct cpython_stack *is)
{
	size_t n = 0;

	p->frame.file_at = 0;
	for (size_t i = 0; i < is->n; i++)
		for (taddr *at = &is->frame[i];
			*at && n < BACKTRACE_MAX && cpython_frame(&p->is, mem, at, &p->frame) == 0;)
			p->stack[n++] = (struct python_frame){ frame_of(symbols_of(space), &p->frame), p->frame.entry };
	return n;
}

/* The interpreter that bt is in; NULL: in none that is known. */
static struct python *python_of(struct python **p, struct symbols_space *space, pid_t tid, const struct backtrace *bt)
{
	const struct frame *runs = backtrace_python(bt);

	if (!runs)
		return NULL;
	if (!*p)
		*p = calloc(1, sizeof(**p));
	return *p && is_known(*p, space, tid, runs->pc - 1) ? *p : NULL;
}

/* In the place of the frames: why they are not told. */
static void note_why(const struct python *p, struct backtrace *bt)
{
	const struct frame *runs = backtrace_python(bt);

	if (!p || !p->why || !runs)
		return;
	const struct python_frame note = { .frame = { .pc = runs->pc, .module = p->why }, .entry = true };
	backtrace_mix(bt, &note, 1);
}

void python_mix(struct python **known, struct symbols_space *space, pid_t tid, taddr threads_code, struct backtrace *bt)
{
	struct python *p = python_of(known, space, tid, bt);
	const struct kernel *door = symbols_door(space);
	struct cpython_stack is;

	if (!p) {
		note_why(*known, bt);
		return;
	}
	struct mem mem = reread_begin(&p->frames, door, tid);
	if (cpython_thread(&p->is, &mem, thread_id(space, tid, threads_code), &p->state, &is) == 0)
		backtrace_mix(bt, p->stack, read_stack(p, space, &mem, &is));
}

void python_label(struct python **known, struct symbols_space *space, pid_t tid, const struct backtrace *creator,
	struct start_routine *s)
{
	struct python *p = python_of(known, space, tid, creator);
	uint64_t boot;

	if (!p || !s->arg_known || variable(space, tid, s->at.pc, "_PyRuntime") != p->is.runtime)
		return;
	struct mem mem = reread_begin(&p->target, symbols_door(space), tid);
	/* pythread_wrapper gets {thread_run, its argument} (Python/thread_pthread.h). */
	if (mem_u64(&mem, s->arg + sizeof(boot), &boot) == 0 && cpython_target(&p->is, &mem, boot, &p->frame) == 0)
		s->label = frame_of(symbols_of(space), &p->frame);
}

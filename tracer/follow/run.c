/* SPDX-License-Identifier: MIT */
#include "follow/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>

#include "kernel/program.h"

static const char *mode_name(enum trace_mode mode)
{
	switch (mode) {
	case MODE_FILTER:
		return "filter";
	case MODE_ALL:
		return "all";
	case MODE_LIGHT:
		return "light";
	case MODE_OBSERVE:
		return "observe";
	}
	return "?";
}

int run_begin_telling(struct run *r, size_t keep_dead, uint64_t t0_ns)
{
	return telling_begin(&r->tell, keep_dead, (struct telling_clock){ r->k->now_ns, r->k->ctx }, t0_ns);
}

int run_begin(struct run *r, const struct run_start *start)
{
	struct origin o;
	const struct abi *abi = abi_native();

	if (r->begun)
		return 0;
	r->begun = true;
	int err = r->k->origin(r->k->ctx, &o);
	if (err)
		return err;
	struct event ev = {
		.kind = EV_START,
		.u.start = {
			.argv = (char *const *)(uintptr_t)start->argv, .program = start->program, .attached = start->attached,
			.n_attached = start->n_attached, .n_threads = start->n_threads, .comm = start->comm,
			.version = o.version, .libc = start->libc,
			.kernel = o.kernel, .arch = abi ? abi->name : o.machine, .mode = mode_name(r->asked.mode),
			.features = o.features, .wall_ns = o.wall_ns, .page_bytes = o.page_bytes,
		},
	};
	return telling_tell(&r->tell, &ev, true);
}

int run_begin_program(struct run *r, const struct program_facts *program, bool runs)
{
	struct run_start start = {
		.argv = r->asked.argv,
		.attached = &r->main.tid,
		.n_attached = 1,
		.libc = program->libc[0] ? program->libc : NULL,
	};

	if (runs)
		start.program = r->asked.program;
	return run_begin(r, &start);
}

uint64_t run_ptrace_options(enum trace_mode mode)
{
	uint64_t options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
		PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD;

	/* With the filter in it the program can't live without thrtrace; else it may. */
	return mode == MODE_FILTER ? options | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL : options;
}

void run_release(struct run *r)
{
	tracee_free_all(&r->tracees);
	free(r->ends.late);
	free(r->ends.unjoined);
	telling_release(&r->tell);
}

int run_signalled(struct run *r)
{
	int sig = r->k->asked(r->k->ctx);

	if (!sig)
		return 0;
	if (r->attach) { /* the processes are not thrtrace's: whoever asks thrtrace to end does not mean them */
		r->leaving = true;
		return 0;
	}
	/*
	 * Ctrl-C and Ctrl-\ reach the program by themselves, as members of the terminal's foreground group: whether
	 * it ends
	 * is its own decision. What was sent to thrtrace alone is passed on.
	 */
	if (sig == SIGINT || sig == SIGQUIT)
		return 0;
	if (r->main.tid && !r->main.ended)
		(void)!r->k->kill(r->k->ctx, r->main.tid, sig); /* -ESRCH: its end is on the way */
	return 0;
}

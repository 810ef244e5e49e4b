/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <sys/wait.h>

/* By the call that it ended with, or another of its process did. */
static void say_how(const struct story *s, const struct watched *w, struct ev_end *end)
{
	const struct watched *leader = watched_find(s, w->tgid);
	const struct exit_call *all = leader ? &leader->exits_all : NULL;

	if (w->exits.known) {
		end->how = END_EXIT;
		end->status = w->exits.status;
	} else if (all && all->known) {
		end->how = END_EXIT_GROUP;
		end->status = all->status;
		end->by_other = all->by != w->serial;
		end->by = end->by_other ? model_by_serial(s->r->tell.model, all->by) : NULL;
	}
}

void story_end(struct story *s, struct watched *w, struct ev_end end)
{
	first_forget(s, w->tid, w->exit_ns);
	if (end.how == END_SIGNAL && w->exits.known) /* before the signal that ended the others */
		end = (struct ev_end){ .how = END_OBSERVED };
	if (end.how == END_OBSERVED)
		say_how(s, w, &end);
	end.t_exit_ns = telling_time(&s->r->tell, w->exit_ns);
	end.observed = true;
	end.before = w->before;
	end.cpu_known = !w->dark && !w->unaccounted && !w->before;
	end.cpu_ns = w->ran_ns;
	end.wait_ns = w->wait_ns;
	end.wait_least = true;
	end.turns = w->turns;
	end.split_known = true;
	end.voluntary = w->voluntary;
	end.involuntary = w->involuntary;
	struct event ev = { .kind = EV_END, .task = watched_task(s, w), .t_ns = end.t_exit_ns, .u.end = end };
	if (ev.task)
		run_tell(s->r, &ev, ev.task->followed);
	if (s->seen && ev.task && ev.task->group && !ev.task->group->live)
		seen_gone(s->seen, w->tgid);
	watched_free(s, w);
}

/* How the whole process ended, where thrtrace is its parent; of others nothing tells it. */
struct ev_end story_process_end(const struct story *s, pid_t tgid)
{
	struct ev_end end = { .how = END_OBSERVED };
	const struct main_task *main = &s->r->main;

	if (tgid != main->tid)
		return end;
	if (!main->ended)
		return end;
	if (WIFSIGNALED(main->wstatus)) {
		end.how = END_SIGNAL;
		end.sig = WTERMSIG(main->wstatus);
		end.core = WCOREDUMP(main->wstatus);
	} else {
		end.status = WEXITSTATUS(main->wstatus);
		end.status_known = true;
	}
	return end;
}

/*
 * The first thread is gone, and others of its process are not yet: its end comes with the last one's, or by an execve.
 * No view is told: it may be that all of them end by one call, and no record says so.
 */
static void keep_first(struct story *s, struct watched *w, const struct task *t)
{
	struct event ev = { .kind = EV_LEADER_EXIT, .task = t, .t_ns = telling_time(&s->r->tell, w->exit_ns) };

	w->exited = true;
	run_tell(s->r, &ev, false);
}

/* No other task of its process is alive. */
bool story_is_last(const struct story *s, const struct watched *w)
{
	const struct task *t = watched_task(s, w);
	const struct watched *first = watched_find(s, w->tgid);

	return t && t->group && t->group->live == 1u + (first && first != w && first->exited);
}

/*
 * perf_event_open(2) does not watch a program that is set-user-ID or that its caller may not read: an execve of one
 * takes the task's events away and writes the record of an end, with nothing between the two. Any other program is
 * mapped first. Events of all tasks get that record, too, and stay.
 */
static void go_dark(struct story *s, struct watched *w, const struct task *t)
{
	struct event ev = {
		.kind = EV_ODDITY,
		.task = t,
		.t_ns = telling_time(&s->r->tell, w->exit_ns),
		.u.oddity = { .kind = ODD_DARK },
	};

	w->dark = true;
	run_tell(s->r, &ev, t->followed);
	if (w->tid != s->r->main.tid) /* whose end is thrtrace's own to see */
		story_end(s, w, (struct ev_end){ .how = END_DETACHED });
}

void story_exit(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->u.task.tid);
	const struct task *t = watched_task(s, w);

	if (!t || w->exited || (w->blank && s->wide))
		return;
	w->before = r->t_ns < w->since_ns; /* its record came while it was told of */
	w->exit_ns = w->before ? w->since_ns : r->t_ns;
	if (w->blank) {
		go_dark(s, w, t);
		return;
	}
	if (w->in_ns) {
		w->ran_ns += w->exit_ns > w->in_ns ? w->exit_ns - w->in_ns : 0;
		w->in_ns = 0;
	}
	struct watched *first = watched_find(s, w->tgid);
	bool last = story_is_last(s, w);
	if (w == first && !last) {
		keep_first(s, w, t);
		return;
	}
	struct ev_end process = story_process_end(s, w->tgid);
	/* Where calls are seen, whoever lived to the end without one was ended by the process's signal. */
	bool signalled = last && s->seen && process.how == END_SIGNAL;
	story_end(s, w, w == first || signalled ? process : (struct ev_end){ .how = END_OBSERVED });
	if (last && first && first != w)
		story_end(s, first, process);
}

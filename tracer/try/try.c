/* SPDX-License-Identifier: MIT */
#include "try/try.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "try/experiments.h"

static const struct {
	const char *key;
	experiment *run; /* NULL: it is not tried */
	bool alone;      /* with a child of its own */
	const char *text;
} experiments[] = {
#define EXPERIMENT(key, function, text) { key, experiment_##function, false, text },
#define ALONE(key, function, text)      { key, experiment_##function, true, text },
#define NO_EXPERIMENT(key, why)         { key, NULL, false, why },
#include <thrtrace/experiments.def>
#undef EXPERIMENT
#undef ALONE
#undef NO_EXPERIMENT
};

/* The place of a row's experiment; ARRAY_SIZE(experiments): it has none. */
static size_t experiment_of(size_t row)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(experiments) && strcmp(experiments[i].key, trial_key(row)) != 0)
		i++;
	return i;
}

const char *try_text(size_t row, const char **ret_why)
{
	size_t i = experiment_of(row);

	*ret_why = i < ARRAY_SIZE(experiments) && !experiments[i].run ? experiments[i].text : NULL;
	return i < ARRAY_SIZE(experiments) && experiments[i].run ? experiments[i].text : NULL;
}

/* What the manager and its maker share. */
struct trials {
	struct board board;
	bool whole; /* the manager came to its end */
	int refused;
	struct tried tried[];
};

/* Rows whose experiments have a child together. */
struct together {
	size_t n, row[PARTS_MAX];
	experiment *run[PARTS_MAX];
};

static void add(struct together *g, size_t row, experiment *run)
{
	g->row[g->n] = row;
	g->run[g->n++] = run;
}

static bool run_together(struct trials *t, const struct flag_word *w, const struct together *g)
{
	stage_prepare(&t->board, g->run, g->n);
	bool whole = stage_run(&t->board, w);
	for (size_t i = 0; i < g->n; i++) {
		struct tried *tried = &t->tried[g->row[i]];
		*tried = t->board.part[i].tried;
		if (t->board.refused)
			snprintf(tried->why_not, sizeof(tried->why_not), "the call failed this time: %s",
				strerror(t->board.refused));
	}
	return whole;
}

/* Again where it broke: the machine may have been too busy for it. Its part says what went wrong. */
static void run_alone(struct trials *t, const struct flag_word *w, size_t row, experiment *run)
{
	struct together one = { 0 };

	add(&one, row, run);
	for (int i = 0; i < 3; i++)
		if (run_together(t, w, &one) || t->board.refused)
			return;
}

/* The rows of the word, as far as there is a way to try them. */
static void gather(struct together *ret, struct trials *t, const struct flag_word *w, bool alone)
{
	for (size_t row = 0; row < trial_rows() && ret->n < PARTS_MAX; row++) {
		size_t i = experiment_of(row);
		if (i == ARRAY_SIZE(experiments) || !experiments[i].run)
			snprintf(t->tried[row].why_not, TRIED_TEXT, "%s",
				i == ARRAY_SIZE(experiments) ? "it has no experiment" : experiments[i].text);
		else if (experiments[i].alone == alone && trial_concerns(row, w))
			add(ret, row, experiments[i].run);
	}
}

/* A word that is refused is refused at the first call. Where one of many breaks, each is run by itself. */
static void try_rows(struct trials *t, const struct flag_word *w)
{
	struct together many = { 0 }, single = { 0 };

	gather(&many, t, w, false);
	gather(&single, t, w, true);
	bool whole = run_together(t, w, &many);
	t->refused = t->board.refused;
	for (size_t i = 0; !whole && i < many.n; i++)
		run_alone(t, w, many.row[i], many.run[i]);
	for (size_t i = 0; !t->refused && i < single.n; i++)
		run_alone(t, w, single.row[i], single.run[i]);
	t->whole = true;
}

static int run_manager(struct trials *t, const struct flag_word *w)
{
	pid_t self = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		stage_manage(self);
		try_rows(t, w);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return t->whole ? 0 : -ECHILD;
}

int try_word(struct tried *ret, int *ret_refused, const struct flag_word *w)
{
	size_t rows = trial_rows(), size = sizeof(struct trials) + rows * sizeof(struct tried);

	if (!raw_works())
		return -ENOSYS;
	struct trials *t = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return -errno;
	int err = run_manager(t, w);
	memcpy(ret, t->tried, rows * sizeof(*ret));
	*ret_refused = t->refused;
	munmap(t, size);
	return err;
}

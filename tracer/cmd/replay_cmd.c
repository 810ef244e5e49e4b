/* SPDX-License-Identifier: MIT */
/* Prints the trace that a record holds. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/replay.h"
#include <thrtrace/choice.h>
#include "cmd/tips.h"
#include "cmd/view.h"

enum { EXIT_NOT_WHOLE = 1 };

static void say(const struct options *o, const char *fmt, ...) THR_PRINTF(2, 3);
static void say(const struct options *o, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "thrtrace: --replay=%s: ", o->subject);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* ---- the file ---- */

static int read_all(int fd, char **ret, size_t *ret_n)
{
	char *bytes = NULL;
	size_t n = 0, cap = 0;

	for (;;) {
		if (n == cap) {
			cap = cap ? cap * 2 : 64 << 10;
			char *more = cap > 2 * (size_t)TAPE_MAX ? NULL : realloc(bytes, cap);
			if (!more) {
				free(bytes);
				return cap > 2 * (size_t)TAPE_MAX ? -EFBIG : -ENOMEM;
			}
			bytes = more;
		}
		ssize_t got = read(fd, bytes + n, cap - n);
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR) {
			int err = errno;
			free(bytes);
			return -err;
		}
		n += got > 0 ? (size_t)got : 0;
	}
	*ret = bytes;
	*ret_n = n;
	return 0;
}

static int read_file(const char *path, char **ret, size_t *ret_n)
{
	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, ret, ret_n);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = read_all(fd, ret, ret_n);
	close(fd);
	return err;
}

static void say_no_record(const struct options *o, const struct replay *p, int err)
{
	uint64_t at = 0;
	const char *why = NULL;

	if (p->in)
		(void)tape_in_trouble(p->in, &at, &why);
	switch (err) {
	case -EINVAL:
		say(o, "this is no record of thrtrace");
		break;
	case -EPROTONOSUPPORT:
		say(o, "the record is of another version than %d, which this thrtrace reads", TAPE_VERSION);
		break;
	case -EAFNOSUPPORT:
		say(o, "it was recorded on %s, which this thrtrace does not know", p->head.arch);
		break;
	case -ENODATA:
		say(o, "the record has no beginning: at byte %" PRIu64 ", %s", at, why ? why : "its head is missing");
		break;
	default:
		say(o, "%s", strerror(-err));
		break;
	}
}

/* ---- options ---- */

static const char *mode_option(enum trace_mode mode)
{
	static const char *const names[] = {
		[MODE_FILTER] = "--seccomp-bpf",
		[MODE_ALL] = "--no-seccomp",
		[MODE_LIGHT] = "--light",
		[MODE_OBSERVE] = "--observe",
	};

	return names[mode];
}

static const char *prove_option(enum prove prove)
{
	static const char *const names[] = {
		[PROVE_NOT] = "--prove=off",
		[PROVE_FIRST] = "--prove=on",
		[PROVE_EACH] = "--prove=each",
	};

	return names[prove];
}

static const char *on_off(const char *on, const char *off, bool is_on)
{
	return is_on ? on : off;
}

/* What was asked of the kernel is asked: an option that needs other answers can't be had. */
static bool options_fit(const struct options *o, const struct tape_head *h)
{
	const struct {
		unsigned asked;
		bool same;
		const char *wanted, *recorded;
	} rows[] = {
		{ GIVEN_MODE, o->mode == h->mode, mode_option(o->mode), mode_option(h->mode) },
		{ GIVEN_FOLLOW, h->follow_forks, "-f", "no -f" },
		{ GIVEN_PROVE, o->prove == h->prove, prove_option(o->prove), prove_option(h->prove) },
		{ GIVEN_ACCOUNTS, h->accounts, "--accounts", "no --accounts" },
		{ GIVEN_CREATORS, o->creators == h->creators, on_off("--creators=on", "--creators=off", o->creators),
			on_off("--creators=on", "--creators=off", h->creators) },
	};

	if (o->choice.n_injects) {
		say(o, "no call is made: -e inject makes no sense here");
		return false;
	}
	if (o->argc) {
		say(o, "no program is run: %s makes no sense here", o->argv[0]);
		return false;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if ((o->asked & rows[i].asked) && !rows[i].same) {
			say(o, "%s needs answers that are not on the record, which was made with %s", rows[i].wanted,
				rows[i].recorded);
			return false;
		}
	return true;
}

/* -e chooses among what was recorded; the way in which calls were followed stays. */
static void choose(struct run *r, const struct options *o, struct tape_head *h)
{
	if (o->asked & (GIVEN_CALLS | GIVEN_SIGNALS))
		h->choice.signals = o->choice.signals;
	if (!(o->asked & GIVEN_CALLS) || choice_same_calls(&o->choice, &h->choice))
		return;
	r->tell.only = &o->choice;
	say(o, "-e chooses among the calls that the record tells; it was made with another choice");
}

/* ---- the run ---- */

/* How the replay went: thrtrace's exit status. */
static int conclude(const struct options *o, const struct replay *p, const struct run *r, int err)
{
	struct tape_misses misses = tape_in_misses(p->in);
	enum tape_end how;
	uint64_t at;
	const char *why;

	if (o->tips)
		tip_say();
	if (err == -EPIPE)
		return 0;
	if (err && err != -ENODATA) {
		if (!view_has_told(r, err))
			say(o, "the trace ends early: %s", strerror(-err));
		return EXIT_OWN;
	}
	enum tape_trouble trouble = tape_in_trouble(p->in, &at, &why);
	if (trouble) {
		say(o, "the record is %s at byte %" PRIu64 ": %s. What it tells up to there is shown",
			trouble == TAPE_CUT ? "cut" : "damaged", at, why);
		return EXIT_NOT_WHOLE;
	}
	bool ended = tape_in_ended(p->in, &how);
	if (ended && how != TAPE_COMPLETE) {
		say(o, "the record ends before the trace did: %s",
			how == TAPE_FULL ? "it had grown too long" : "thrtrace failed");
		return EXIT_NOT_WHOLE;
	}
	if (misses.n) {
		say(o,
			"this is not the trace that was recorded by thrtrace %s: the record has no answer to %" PRIu64
			" of the "
			"questions that this one asks, the first of them (%s) at byte %" PRIu64,
			p->head.version, misses.n, tape_op_name(misses.first), misses.first_at);
		return EXIT_NOT_WHOLE;
	}
	if (err || !ended) {
		say(o, "this is not the trace that was recorded by thrtrace %s: it ends at another place",
			p->head.version);
		return EXIT_NOT_WHOLE;
	}
	return 0;
}

static int replay(const struct options *o, struct replay *p)
{
	struct run r = { 0 };
	int status = EXIT_OWN;

	if (!options_fit(o, &p->head))
		return EXIT_OWN;
	choose(&r, o, &p->head);
	r.asked.choice = p->head.choice;
	if (view_open(&r, o) == 0) {
		signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write(2) */
		r.command = 0;            /* that of -o is none of the record's */
		int err = replay_run(p, &r);
		status = conclude(o, p, &r, err);
		if (!status)
			status = view_found(&r, o);
	}
	run_release(&r);
	view_close(&r);
	return status;
}

/* 0 when all of it was printed, EXIT_NOT_WHOLE when not, EXIT_OWN when nothing was. */
int replay_cmd(struct options *o)
{
	struct replay p = { .in = NULL };
	char *bytes = NULL;
	size_t n = 0;
	int status = EXIT_OWN;

	int err = read_file(o->subject, &bytes, &n);
	if (!err)
		err = replay_open(&p, bytes, n);
	if (err)
		say_no_record(o, &p, err);
	else
		status = replay(o, &p);
	replay_close(&p);
	free(bytes);
	return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * What is wrong, or odd, in an event: asked in one place, after model_apply() and before the views. Pure.
 *
 * Each kind of finding is a row of decode/findings/findings.def and a function that looks at one event and the model.
 * What only the kernel knows (registers, a word of memory, limits) arrives as facts in the event.
 */
#ifndef THRTRACE_FINDINGS_H
#define THRTRACE_FINDINGS_H

#include <thrtrace/base.h>
#include <thrtrace/event.h>
#include <thrtrace/explain_page.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

enum severity {
	SEVERITY_ERROR,   /* the program does not do what its author meant, or soon won't */
	SEVERITY_WARNING, /* it works by luck, or only here */
	SEVERITY_NOTE,    /* nothing is wrong with the program, but the trace or its result is not what one expects */
	SEVERITIES
};

/* Where the text view tells it; other views need not ask. */
enum finding_place {
	FINDING_LINE,     /* a line of its own, behind the event's */
	FINDING_IN_BLOCK, /* within the event's own lines, where the view has a place for it */
};

/* Ways of tracing: what can be known differs. */
enum finding_way {
	WAY_STOPS,    /* the default, --no-seccomp */
	WAY_LIGHT,    /* --light */
	WAY_OBSERVE,  /* --observe */
	WAY_OBSERVED, /* --observe --creators=on */
	FINDING_WAYS
};

struct inquiry;

/* A kind of finding. All text is static. */
struct finding_row {
	const char *id; /* "tls-missing": for programs; never changes, is never reused */
	enum severity severity;
	enum finding_place place;
	uint32_t asked; /* after which kinds of events: a bit 1 << enum ev_kind each */
	uint16_t ways;  /* in which it is told: 1 << enum finding_way; << FINDING_WAYS more where only some cases are */
	void (*test)(struct inquiry *q);
	const char *what;    /* a sentence without a full stop */
	const char *why;     /* what comes of it; likewise */
	const char *repair;  /* what to do; likewise */
	const char *sources; /* man page, standard, or kernel file that says so */
};

/* What becomes of one: as the user has it (--baseline, --ignore). */
enum finding_standing {
	FINDING_NEW,
	FINDING_KNOWN,   /* the baseline has it: told, and no reason to fail */
	FINDING_IGNORED, /* neither told nor counted */
};

/* One of them. */
struct finding {
	const struct finding_row *row;
	enum finding_standing standing;
	const struct task *task;         /* whom it is about: the event's, as a rule */
	const struct creation *creation; /* it is about all that were made there, and of no task; NULL */
	const char *text;   /* what was seen, without the task's name; the row's `what` where there is no more */
	const char *repair; /* for this very case; NULL: the row's holds (finding_repair) */
	const char *also;   /* what stands beside it, for people: a sentence; NULL */
};

/* An event has no more: who could find more than one of a kind sums them up in one. */
#define FINDINGS_MAX 16
/* There are no more rows than that: what is told of kinds by their place in an array. */
#define FINDING_KINDS_MAX 96

/* Decides what becomes of each. */
struct finding_judge {
	enum finding_standing (*judge)(void *ctx, const struct finding *f);
	void *ctx;
};

/* Holds the findings of one event, and counts. One serves all events in turn. */
struct findings {
	struct finding found[FINDINGS_MAX + 1]; /* the last is for what is one too many */
	struct outbuf text[FINDINGS_MAX + 1];
	struct outbuf also;
	size_t n;
	uint64_t long_join_ns;      /* set by the caller: a join of more is a finding; 0: none is */
	struct finding_judge judge; /* set by the caller, after findings_init; zeroed: each is new */
	/* Of all events so far. */
	uint64_t told, known, ignored;      /* known: of those that were told */
	uint64_t new_of[FINDING_KINDS_MAX]; /* by the row's place: told, and in no baseline */
};

void findings_init(struct findings *f);
void findings_release(struct findings *f);

/*
 * Fills ev->finding and ev->n_findings, which live until the next event is asked about or *f is released; and tells
 * EV_SUMMARY how many there were in all. Call after model_apply(), once for each event that is shown.
 */
void findings_ask(struct findings *f, struct event *ev, const struct model *m);

/* The event's finding of this id; NULL. */
const struct finding *finding_of(const struct event *ev, const char *id);
/* What to do about it: never NULL. */
const char *finding_repair(const struct finding *f);
/*
 * Will that task's end not wake the waiter, or did it not? For whoever has to read more before it is an oddity. Only a
 * word that the creation named is known to be for the tid: any other may be a counter that has come to the same number.
 */
bool wait_is_in_vain(const struct odd_wait *w);
/*
 * What stays the same when the program is run again, or is built anew: the kind, and by name what the thread is called
 * (digits as #), what it runs and who made it; "?" where that is not known. For who compares two runs.
 */
void finding_fingerprint(struct outbuf *out, const struct finding *f);
/* "error", "warning", "note". */
const char *severity_word(enum severity severity);
/* The i-th row, in the order in which they are asked; NULL past the last. */
const struct finding_row *finding_row_at(size_t i);
/* Its place i; and the row of an id, NULL. */
size_t finding_row_place(const struct finding_row *row);
/* The table of rows, in all formats; PAGE_MAN is man/thrtrace-findings.7. Its parts as those of flags_page. */
void findings_page(struct outbuf *out, enum page_format format);
void findings_head(struct outbuf *out, enum page_format format);
void findings_row(struct outbuf *out, const struct finding_row *row, enum page_format format);
const struct finding_row *finding_row_of(const char *id, size_t len);

#endif

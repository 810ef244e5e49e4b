/* SPDX-License-Identifier: MIT */
/*
 * Who made whom, kept until the end of a trace: for views that show all of it at once. A task that has ended is
 * forgotten by the model some time later, and so has a record here. Siblings that are alike, with all that they made,
 * are counted as one. Internal to decode/sinks/.
 */
#ifndef SINKS_FAMILY_H
#define SINKS_FAMILY_H

#include <uthash.h>

#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/sink.h>

#include "sinks/intern.h"

/* A task, or as many alike of one creator as `alike` says: then the first of them. */
struct kin {
	uint32_t serial, label; /* serial 0: there is none */
	uint32_t creator;       /* its serial; 0: unknown */
	uint32_t joiner;        /* serial of who has joined it; 0 */
	pid_t tid;
	bool thread;  /* of its creator's process */
	bool violent; /* ended by a signal */
	const struct word *name, *runs, *end;
	const struct word *origin;  /* where it comes from, when nobody's call has made it; NULL */
	const struct word *made_in; /* its creator's place; NULL: unknown, or not the same for all that are alike */

	/* At the summary: */
	struct kin_key {
		uint64_t creator, kind; /* kind: equal in all that are alike */
	} key;
	uint64_t brood;             /* what it made, whatever the order */
	uint32_t first;             /* serial of the first of those alike: its own, in that one */
	uint32_t alike;             /* how many, itself among them */
	uint32_t last;              /* serial of the last of them */
	uint32_t child, last_child; /* serial of the first that it made, and of the last; of those that are a first */
	uint32_t sibling;           /* serial of the next that its creator made; 0 */
	bool drawn;                 /* it is a first, and whoever it comes from, too */
	UT_hash_handle hh;          /* by key */
};

struct family {
	struct kin *kin; /* by serial - 1 */
	size_t n;
	struct words words;
	uint32_t child, last_child; /* those without a creator, likewise */
};

/* A view of one. */
struct family_sink {
	struct sink s;
	struct family family;
};

/*
 * Takes in births and ends. At the summary it finds who is alike, links the rest by child and sibling, and has write
 * write all of it. 0 or -ENOMEM.
 */
int family_event(struct sink *s, const struct event *ev, void (*write)(const struct family *f, struct outbuf *out),
	struct outbuf *out) THR_MUST_CHECK;
/* For struct sink_ops. */
void family_sink_release(struct sink *s);

/* NULL for 0, and for what is not there. */
const struct kin *family_get(const struct family *f, uint32_t serial);

#endif

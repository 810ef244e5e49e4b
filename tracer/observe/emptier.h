/* SPDX-License-Identifier: MIT */
/*
 * A thread that copies records out of the rings when they fill up. Meanwhile thrtrace makes something of others: to
 * find a caller's frames may take milliseconds, the first time that its library is read, and a program that makes
 * threads fills 2 MiB of a ring in four (samples with 4 KiB of a stack each). Larger rings would do, too: but the
 * kernel clears each page of a ring when it is mapped, 5 ms for 16 MiB, which a program of three threads would wait
 * for as well.
 *
 * It sleeps until the kernel says that there is something to copy, which of most programs it never does. A tape knows
 * nothing of it: records go there when they are handed over.
 */
#ifndef TRACER_EMPTIER_H
#define TRACER_EMPTIER_H

#include <thrtrace/outbuf.h>

#include "observe/events.h"

struct emptier;

/* NULL when there can be none. e is drained by emptier_take alone from now on. */
struct emptier *emptier_new(struct events *e);
void emptier_free(struct emptier *m);
/*
 * What has come since the last time, as events_drain hands it over, is swapped into *ret, which is empty: records, each
 * after its length (uint16_t). 0 or -errno.
 */
int emptier_take(struct emptier *m, struct outbuf *ret);
/* events_take: appends a record to a struct outbuf in that form. 0, or why there is no room. */
int emptier_store(void *ctx, const struct perf_record *record, const void *bytes, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What threads do while thousands of them are seized, and then told of, one after another: they make threads and end.
 * None of them is held for that. Whoever has not been told of goes on at once, and a thread that it makes is taken in
 * with the others: it was there when thrtrace came to it. So it is in MODE_LIGHT, and where many are to be told of;
 * of a few each birth is told.
 */
#ifndef TRACER_ATTACH_MEANWHILE_H
#define TRACER_ATTACH_MEANWHILE_H

#include <thrtrace/stop.h>

#include "follow/attached.h"
#include "follow/handlers.h"

/* While they are seized: lets those go on who have reported by now. What can't be done yet is put off. */
void attach_serve(struct run *r);
/* All are seized: what was put off is to be had from r->k->wait again. */
void attach_served(struct run *r);
/* While they are told of: t need not be held for this report. True: *ret is all that it takes. */
bool attach_passes(struct run *r, struct tracee *t, const struct stop *st, struct resume *ret);
/* t's first stop is on the way: from now on it is as the others are, and that stop is not passed. */
bool attach_was_newborn(struct run *r, struct tracee *t);

#endif

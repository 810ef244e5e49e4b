/* SPDX-License-Identifier: MIT */
/* --replay: a run over a record. */
#ifndef TRACER_REPLAY_H
#define TRACER_REPLAY_H

#include "cmd/recording.h"
#include "tape/tape_door.h"

struct replay {
	struct tape_in *in;
	struct tape_head head;
	struct tape_door door;
	struct creators *creators;
	struct attach attach;
	struct seen seen; /* MODE_OBSERVE */
	struct source source;
};

/*
 * bytes must outlive it. 0; -EINVAL: no record of thrtrace; -EPROTONOSUPPORT: of another version; -ENODATA: not even
 * its head is there; -EAFNOSUPPORT: of a machine that this thrtrace does not know; -ENOMEM. replay_close in any case.
 */
int replay_open(struct replay *p, const void *bytes, size_t n) THR_MUST_CHECK;
void replay_close(struct replay *p);
/*
 * Runs r, whose view and output are open, over the record: 0, or -errno when the trace ends early (-ENODATA: with the
 * record). run_release(r) comes before replay_close.
 */
int replay_run(struct replay *p, struct run *r) THR_MUST_CHECK;

#endif

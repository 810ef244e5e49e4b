/* SPDX-License-Identifier: MIT */
/* A view that writes one short line an event, and holds the events to the promises of event.h. */
#ifndef TEST_RECORDER_H
#define TEST_RECORDER_H

#include <thrtrace/sink.h>

#define RECORDER_TASKS 64
#define RECORDER_TIDS  5000000 /* results above are shown as the distance: +1 */

struct recorder {
	struct sink s;
	struct outbuf story;
	uint8_t state[RECORDER_TASKS]; /* by label: 0 unborn, 1 alive, 2 ended, 3 born and left alone */
	uint64_t seq;
	char broken[256]; /* the first broken promise; "" none */
};

void recorder_init(struct recorder *r);
void recorder_release(struct recorder *r);
/* Every task that was born and followed has ended. */
void recorder_finish(struct recorder *r);

#endif

/* SPDX-License-Identifier: MIT */
/* Words that more than one view uses. Internal to decode/sinks/. */
#ifndef SINKS_WORDS_H
#define SINKS_WORDS_H

#include <thrtrace/event.h>
#include <thrtrace/outbuf.h>

/* "exit(0)", "SIGKILL", "exit_group(3) by T2": how a task ended. */
void end_format(struct outbuf *out, const struct ev_end *e, uint32_t by_label_plus_1);

#endif

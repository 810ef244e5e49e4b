/* SPDX-License-Identifier: MIT */
/* The table at the end of the text view. Internal to decode/sinks/. */
#ifndef SINKS_TEXT_TABLE_H
#define SINKS_TEXT_TABLE_H

#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

/* One row a task, in order of birth; a PID column when there is more than one process. */
void text_table(const struct model *m, struct outbuf *out);

#endif

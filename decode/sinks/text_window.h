/* SPDX-License-Identifier: MIT */
/* Who lives on when thrtrace goes: what each has used while it was watched, the busiest first. */
#ifndef SINKS_TEXT_WINDOW_H
#define SINKS_TEXT_WINDOW_H

#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>

/* Nothing where no account of them is known. */
void text_window(const struct model *m, struct outbuf *out);

#endif

/* SPDX-License-Identifier: MIT */
#include "sinks/words.h"

#include <thrtrace/tables.h>

void end_format(struct outbuf *out, const struct ev_end *e, uint32_t by_label_plus_1)
{
	switch (e->how) {
	case END_EXIT:
		outbuf_printf(out, "exit(%d)", e->status);
		return;
	case END_EXIT_GROUP:
		outbuf_printf(out, "exit_group(%d)", e->status);
		if (by_label_plus_1)
			outbuf_printf(out, " by T%u", by_label_plus_1 - 1);
		else if (e->by_other)
			outbuf_puts(out, " by another");
		return;
	case END_SIGNAL:
		if (!signal_format(out, (unsigned)e->sig))
			outbuf_printf(out, "signal %d", e->sig);
		if (e->core)
			outbuf_puts(out, ", core");
		return;
	case END_EXEC:
		outbuf_puts(out, "execve");
		if (by_label_plus_1)
			outbuf_printf(out, " by T%u", by_label_plus_1 - 1);
		return;
	case END_DETACHED:
		outbuf_puts(out, "left running");
		return;
	case END_UNSEEN:
		outbuf_puts(out, "unseen");
		return;
	}
}

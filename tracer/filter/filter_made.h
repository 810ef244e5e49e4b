/* SPDX-License-Identifier: MIT */
/*
 * The filters of the default choice, compiled when thrtrace is built: make_filter.c prints them. They depend on the
 * call table, the rules and the machine, not on the kernel. filter_made_none.c stands in where that can't be run.
 */
#ifndef TRACER_FILTER_MADE_H
#define TRACER_FILTER_MADE_H

#include <linux/filter.h>

struct filter_made {
	const struct sock_filter *code;
	unsigned short len; /* instructions; 0: it was not made */
};

extern const struct filter_made filter_made[2]; /* [1] watches musl's joins, too */

#endif

/* SPDX-License-Identifier: MIT */
#include "cmd/commands.h"
#include "cmd/print.h"

int flags_cmd(struct options *o)
{
	return print_table(o, flags_page);
}

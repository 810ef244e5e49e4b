/* SPDX-License-Identifier: MIT */
#include "cmd/commands.h"
#include "cmd/print.h"

int resources_cmd(struct options *o)
{
	return print_table(o, resources_page);
}

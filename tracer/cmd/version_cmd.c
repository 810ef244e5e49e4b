/* SPDX-License-Identifier: MIT */
#include "cmd/commands.h"
#include "cmd/print.h"
#include "kernel/built_with.h"

static void version_page(struct outbuf *out)
{
	outbuf_printf(out, "thrtrace %s\nLicence: MIT. It comes without any warranty.\nBuilt with: %s\n",
		THRTRACE_VERSION, built_with());
}

int version_cmd(struct options *o)
{
	(void)o;
	return print_page(version_page);
}

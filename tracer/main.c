/* SPDX-License-Identifier: MIT */
/* thrtrace: parse, and run the command that was asked for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

int main(int argc, char **argv)
{
	struct options o;
	int status = EXIT_OWN, err = options_parse(&o, argc, argv);

	if (!err)
		err = command_check(&o);
	if (err)
		fprintf(stderr, "thrtrace: %s\n", err == -EINVAL ? o.error : strerror(-err));
	else
		status = command_run(&o);
	options_release(&o);
	return status;
}

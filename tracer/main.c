/* SPDX-License-Identifier: MIT */
/* thrtrace: parse, and run the command that was asked for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

/*
 * A standard descriptor that is closed would be the next file's that is opened: a record, say, to which thrtrace then
 * writes its messages. So its number is taken, until execve; whatever is done with it fails with EBADF, as before.
 */
static void hold_closed_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/", O_PATH | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	hold_closed_files();
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

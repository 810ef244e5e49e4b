/* SPDX-License-Identifier: MIT */
/* What thrtrace can be asked to do: a row of options.def and a function in a file of its own for each. */
#ifndef TRACER_COMMANDS_H
#define TRACER_COMMANDS_H

#include "cmd/options.h"

/* thrtrace's own exit statuses, as a shell has them for a command that it can't run. */
enum exit_status { EXIT_OWN = 125, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/* Each does what o asks for, says on stderr what is wrong, and returns the exit status. */
#define DEFAULT(id, ...) int id##_cmd(struct options *o);
#define COMMAND(id, ...) int id##_cmd(struct options *o);
#include "cmd/options.def"

/* 0; -EINVAL with o->error filled: an option was given that does not go with the command. */
int command_check(struct options *o) THR_MUST_CHECK;
/* Runs the command that o chooses. thrtrace's exit status. */
int command_run(struct options *o);

#endif

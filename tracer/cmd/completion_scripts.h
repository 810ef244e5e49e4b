/* SPDX-License-Identifier: MIT */
/* The files completion.SHELL, as the build has put them into C. */
#ifndef TRACER_COMPLETION_SCRIPTS_H
#define TRACER_COMPLETION_SCRIPTS_H

extern const char completion_bash[], completion_zsh[], completion_fish[];

#endif

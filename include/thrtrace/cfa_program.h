/* SPDX-License-Identifier: MIT */
/* Call frame instructions (DWARF 5, 6.4.2), looked over before a library executes them. Pure. */
#ifndef THRTRACE_CFA_PROGRAM_H
#define THRTRACE_CFA_PROGRAM_H

#include <thrtrace/base.h>

/*
 * Whether the instructions name only registers up to CFA_REGISTER_MAX and keep at most CFA_STATES_MAX states at a
 * time: libdw makes a table as long as the highest number, so that a few bytes of a file would cost gigabytes.
 * DW_CFA_set_loc, which no compiler writes into .eh_frame, and what is unknown or cut short are refused too.
 */
#define CFA_REGISTER_MAX 127
#define CFA_STATES_MAX   32
bool cfa_program_modest(const uint8_t *bytes, size_t len);

#endif

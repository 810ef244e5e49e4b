/* SPDX-License-Identifier: MIT */
/* Where thread-local variables lie, as arithmetic ("ELF Handling For Thread-Local Storage", U. Drepper). Pure. */
#ifndef THRTRACE_TLS_H
#define THRTRACE_TLS_H

#include <thrtrace/base.h>

/*
 * The program's own PT_TLS block relative to the thread pointer: negative where it lies below (x86, variant II),
 * positive where above (Arm, RISC-V: variant I). machine: EM_*. -EINVAL for numbers that make no sense, -EOPNOTSUPP
 * for another machine.
 */
int tls_program_offset(uint16_t machine, uint64_t vaddr, uint64_t memsz, uint64_t align, int64_t *ret) THR_MUST_CHECK;

#endif

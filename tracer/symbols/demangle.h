/* SPDX-License-Identifier: MIT */
/* Names as their author wrote them, by a library that CMake picks: demangle_iberty.c or demangle_none.c. */
#ifndef TRACER_DEMANGLE_H
#define TRACER_DEMANGLE_H

/* malloc'ed, or NULL when the name is not mangled (or no library is there): show it as it is. */
char *demangle(const char *mangled);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * GNU libiberty: the one demangler that knows Rust's v0 scheme and D besides C++. Its cp-demangle.c and rust-demangle.c
 * are LGPL with permission to link them into any program; nothing of it is needed at run time.
 */
#include "symbols/demangle.h"

#include <demangle.h>

char *demangle(const char *mangled)
{
	/* Rust first: its old scheme is valid C++ too, with a hash as last component. */
	char *name = rust_demangle(mangled, DMGL_NO_OPTS);

	if (!name)
		name = dlang_demangle(mangled, DMGL_NO_OPTS);
	return name ? name : cplus_demangle_v3(mangled, DMGL_PARAMS | DMGL_ANSI);
}

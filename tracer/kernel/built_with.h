/* SPDX-License-Identifier: MIT */
/* What was built in, for --version and the start event. */
#ifndef TRACER_BUILT_WITH_H
#define TRACER_BUILT_WITH_H

/* "libelf libseccomp libunwind libdw": static. */
const char *built_with(void);

#endif

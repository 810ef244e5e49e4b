/* SPDX-License-Identifier: MIT */
/* Built for another machine than the one it is built on, or without libseccomp: filters are compiled when needed. */
#include "filter/filter_made.h"

const struct filter_made filter_made[2];

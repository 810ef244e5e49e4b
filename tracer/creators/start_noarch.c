/* SPDX-License-Identifier: MIT */
/* A machine that nobody has described. */
#include "creators/start_search.h"

const struct start_arch start_arch = { .find = NULL };

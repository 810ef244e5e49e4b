/* SPDX-License-Identifier: MIT */
/* One function a row of experiments.def: it is called as stage.h says. */
#ifndef TRACER_TRY_EXPERIMENTS_H
#define TRACER_TRY_EXPERIMENTS_H

#include "try/stage.h"

#define EXPERIMENT(key, function, text) experiment experiment_##function;
#define ALONE(key, function, text)      experiment experiment_##function;
#define NO_EXPERIMENT(key, why)
#include <thrtrace/experiments.def>
#undef EXPERIMENT
#undef ALONE
#undef NO_EXPERIMENT

#endif

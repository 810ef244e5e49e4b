/* SPDX-License-Identifier: MIT */
#include "measure/task_switch.h"

#include <stddef.h>

void *task_begin(char *top, void (*run)(void))
{
	(void)top;
	(void)run;
	return NULL;
}

void task_switch(void **from, void *to)
{
	(void)from;
	(void)to;
}

/* SPDX-License-Identifier: MIT */
/* What threads are for, by no more than their names, the kernel's flags and what is mapped. */
#include "census/census_impl.h"

#include <stdio.h>
#include <string.h>

static void name_role(struct census_task *t, const struct role_process *p)
{
	const struct role_row *row = t->born_as ? t->born_as : role_there(p, t->comm, t->flags);

	t->role[0] = '\0';
	if (row)
		snprintf(t->role, sizeof(t->role), "%s (%s)", row->label, row->runtime);
}

/* Many threads in a row are often called the same. */
void census_roles(struct census *c, const struct role_process *p)
{
	for (size_t i = 0; i < c->n; i++) {
		struct census_task *t = &c->task[i];
		const struct census_task *before = i ? t - 1 : NULL;
		if (t->tid == c->pid) /* it runs main() */
			t->role[0] = '\0';
		else if (before && before->tid != c->pid && before->flags == t->flags &&
			before->born_as == t->born_as && strcmp(before->comm, t->comm) == 0)
			memcpy(t->role, before->role, sizeof(t->role));
		else
			name_role(t, p);
	}
}

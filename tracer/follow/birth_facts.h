/* SPDX-License-Identifier: MIT */
/* What the door can tell about a newborn, while it and its creator rest in their stops. */
#ifndef TRACER_BIRTH_FACTS_H
#define TRACER_BIRTH_FACTS_H

#include "follow/run.h"

/* Its registers. Unknown when it has left its stop. */
void birth_facts_registers(struct run *r, pid_t tid, struct birth_facts *f);
/*
 * The mapping of the stack that args name, and what guards it. creator: its open /proc files answer for the space that
 * both share; NULL: child's own do.
 */
void birth_facts_mappings(struct run *r, const struct tracee *creator, const struct tracee *child,
	struct birth_facts *f, const struct call_clone *args);
/* What creator and child share, by kcmp, the thread group and the namespaces, where r->asked.prove wants it. */
void birth_facts_prove(struct run *r, struct tracee *creator, pid_t child, const struct call_clone *args,
	uint32_t defects, struct birth_facts *f);
/* All of that for a child in its first stop; creator: NULL when it is gone. p is mended where the kernel knows more. */
void birth_facts_newborn(struct run *r, const struct tracee *child, struct tracee *creator, struct pending_birth *p,
	struct birth_facts *f);

#endif

/* SPDX-License-Identifier: MIT */
/* Any bytes as an ELF file: what is made of it keeps its order, and every address has an answer. */
#include <stdlib.h>
#include <string.h>

#include "symbols/module.h"

#define ASKED 16 /* addresses a section */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const struct module *m)
{
	for (size_t i = 1; i < m->table.n; i++)
		if (m->table.entry[i][0] < m->table.entry[i - 1][0])
			abort();
	if (m->n_seg > MODULE_SEGMENTS || m->n_section > MODULE_SECTIONS || m->n_build_id > MODULE_BUILD_ID ||
		m->n_marks > MODULE_MARKS)
		abort();
}

static void ask(struct module *m, uint64_t addr)
{
	struct module_symbol *s = module_symbol(m, addr);
	struct frame frame;

	if (s && (addr < s->addr || (s->size && addr - s->addr >= s->size)))
		abort();
	for (int exact = 0; exact < 2; exact++) {
		module_frame(m, addr, exact, &frame);
		if (strcmp(frame.module, "file") != 0 || frame.module_offset != addr || (frame.file && !frame.line))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *image = malloc(size ? size : 1);

	if (!image)
		return 0;
	memcpy(image, data, size);
	struct module *m = module_from_image(image, size, "file");
	if (!m)
		return 0;
	check_order(m);
	for (size_t i = 0; i < m->n_section; i++)
		for (uint64_t at = 0; at < ASKED; at++)
			ask(m, m->section[i].addr + (m->section[i].size / ASKED + 1) * at);
	ask(m, 0);
	ask(m, UINT64_MAX);
	struct module_mark *mark = module_mark(m, "__nptl_version");
	if (mark && strcmp(mark->name, "__nptl_version") != 0)
		abort();
	module_free(m);
	return 0;
}

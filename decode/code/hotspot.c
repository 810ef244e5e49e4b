/* SPDX-License-Identifier: MIT */
#include <thrtrace/hotspot.h>

#include <errno.h>
#include <string.h>

#define ROWS_MAX   8192
#define ROWS       64 /* read at once */
#define OFFSET_MAX 4096
#define CODE_MAX   (16U << 20)
#define NAME_SIZE  32

struct row {
	uint64_t type_name, field_name, type_string;
	uint32_t is_static, unused;
	uint64_t offset, address;
};

static bool is_text(const struct mem *mem, taddr at, const char *text)
{
	char is[NAME_SIZE];
	bool cut;

	return at && mem_str(mem, at, is, sizeof(is), &cut) >= 0 && !cut && strcmp(is, text) == 0;
}

/* Of which type rows are: equal names of rows that stand together are one text. */
enum of { OTHER, INTERPRETER, QUEUE };

static enum of type_of(const struct mem *mem, taddr name)
{
	if (is_text(mem, name, "AbstractInterpreter"))
		return INTERPRETER;
	return is_text(mem, name, "StubQueue") ? QUEUE : OTHER;
}

static void take_row(struct hotspot *h, const struct mem *mem, const struct row *r, enum of of)
{
	if (of == INTERPRETER && r->is_static && is_text(mem, r->field_name, "_code"))
		h->code = r->address;
	if (of == QUEUE && is_text(mem, r->field_name, "_stub_buffer"))
		h->stub_buffer = r->offset;
	if (of == QUEUE && is_text(mem, r->field_name, "_buffer_limit"))
		h->buffer_limit = r->offset;
}

/* 1: the table goes on; 0: it has ended; or what the memory said. */
static int read_rows(struct hotspot *h, const struct mem *mem, taddr at, uint64_t *type, enum of *of)
{
	struct row row[ROWS];
	ssize_t got = mem->read(mem->ctx, at, row, sizeof(row));

	if (got < (ssize_t)sizeof(row[0]))
		return got < 0 ? (int)got : -EFAULT;
	for (size_t i = 0; i < (size_t)got / sizeof(row[0]); i++) {
		if (!row[i].type_name)
			return 0;
		if (row[i].type_name != *type)
			*of = type_of(mem, row[i].type_name);
		*type = row[i].type_name;
		take_row(h, mem, &row[i], *of);
	}
	return 1;
}

static int read_table(struct hotspot *h, const struct mem *mem, taddr structs)
{
	uint64_t at, type = 0;
	enum of of = OTHER;
	int more = mem_u64(mem, structs, &at) ? -EFAULT : 1;

	for (unsigned rows = 0; more == 1 && rows < ROWS_MAX; rows += ROWS, at += ROWS * sizeof(struct row))
		more = read_rows(h, mem, at, &type, &of);
	if (more < 0)
		return more;
	bool whole = more == 0 && h->code && h->stub_buffer && h->buffer_limit;
	return whole && h->stub_buffer < OFFSET_MAX && h->buffer_limit < OFFSET_MAX ? 0 : -EINVAL;
}

static int read_range(struct hotspot *h, const struct mem *mem)
{
	uint64_t queue, low;
	uint32_t size;
	int err = mem_u64(mem, h->code, &queue);

	if (!err && !queue)
		return -ENOENT;
	if (!err)
		err = mem_u64(mem, queue + h->stub_buffer, &low);
	if (!err)
		err = mem_u32(mem, queue + h->buffer_limit, &size);
	if (err)
		return err;
	if (!low || !size || size > CODE_MAX || low > UINT64_MAX - size)
		return -EINVAL;
	h->low = low;
	h->high = low + size;
	return 0;
}

int hotspot_look(struct hotspot *h, const struct mem *mem, taddr structs)
{
	if (h->refused || h->high)
		return h->refused;
	if (!h->code) {
		h->refused = read_table(h, mem, structs);
		if (h->refused)
			return h->refused;
	}
	return read_range(h, mem);
}

/* SPDX-License-Identifier: MIT */
#include <thrtrace/gdb_jit.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX (1U << 18) /* of one file */

void gdb_jit_release(struct gdb_jit *j)
{
	free(j->file);
	jit_map_release(&j->map);
	*j = (struct gdb_jit){ 0 };
}

/* ---- a file ---- */

struct image {
	const uint8_t *bytes;
	size_t n;
	Elf64_Ehdr head;
	unsigned left; /* symbols that are looked at */
};

static bool take(const struct image *f, uint64_t at, void *ret, size_t size)
{
	if (at > f->n || f->n - at < size)
		return false;
	memcpy(ret, f->bytes + at, size);
	return true;
}

static bool take_section(const struct image *f, unsigned i, Elf64_Shdr *ret)
{
	return i < f->head.e_shnum && f->head.e_shoff <= f->n &&
		take(f, f->head.e_shoff + (uint64_t)i * sizeof(*ret), ret, sizeof(*ret));
}

/* The beginning of the name at `at` of a section of names; NULL: it does not end there. */
static const char *take_name(const struct image *f, const Elf64_Shdr *names, uint32_t at, size_t *ret_len)
{
	if (names->sh_offset > f->n || names->sh_size > f->n - names->sh_offset || at >= names->sh_size)
		return NULL;
	const char *name = (const char *)f->bytes + names->sh_offset + at;
	size_t rest = names->sh_size - at;
	*ret_len = strnlen(name, rest < JIT_NAME_MAX ? rest : JIT_NAME_MAX);
	return *ret_len < rest ? name : NULL;
}

/* Where a symbol is in memory: of a file that could still be moved, relative to its section. 0: that is not told. */
static taddr address_of(const struct image *f, const Elf64_Sym *s)
{
	Elf64_Shdr in;

	if (f->head.e_type != ET_REL || s->st_shndx >= SHN_LORESERVE)
		return s->st_value;
	return take_section(f, s->st_shndx, &in) && in.sh_addr ? in.sh_addr + s->st_value : 0;
}

static int add_symbols(struct jit_map *m, struct image *f, const Elf64_Shdr *table)
{
	Elf64_Shdr names;
	uint64_t n = table->sh_size / sizeof(Elf64_Sym);
	int err = 0;

	if (!take_section(f, table->sh_link, &names) || names.sh_type != SHT_STRTAB)
		return 0;
	for (uint64_t i = 0; !err && i < n && f->left; i++, f->left--) {
		Elf64_Sym s;
		size_t len;
		if (table->sh_offset > f->n || !take(f, table->sh_offset + i * sizeof(s), &s, sizeof(s)))
			break;
		if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || s.st_shndx == SHN_UNDEF || !s.st_size)
			continue;
		const char *name = take_name(f, &names, s.st_name, &len);
		taddr at = address_of(f, &s);
		if (name && len && at)
			err = jit_map_put(m, at, s.st_size, name, len);
	}
	return err;
}

int gdb_jit_add_file(struct jit_map *m, const uint8_t *image, size_t n)
{
	struct image f = { .bytes = image, .n = n, .left = SYMBOLS_MAX };
	Elf64_Shdr s;
	int err = 0;

	if (!take(&f, 0, &f.head, sizeof(f.head)) || memcmp(f.head.e_ident, ELFMAG, SELFMAG) != 0 ||
		f.head.e_ident[EI_CLASS] != ELFCLASS64 || f.head.e_ident[EI_DATA] != ELFDATA2LSB ||
		f.head.e_shentsize != sizeof(Elf64_Shdr))
		return -EINVAL;
	for (unsigned i = 0; !err && i < f.head.e_shnum; i++)
		if (take_section(&f, i, &s) && s.sh_type == SHT_SYMTAB && s.sh_entsize == sizeof(Elf64_Sym))
			err = add_symbols(m, &f, &s);
	return err;
}

/* ---- the list ---- */

/* struct jit_descriptor: version and action_flag share the first word. */
enum { VERSION, RELEVANT, FIRST };

struct entry {
	uint64_t next, prev, at, size; /* struct jit_code_entry */
};

/* The list's files, the newest first, as the list has them. Their number; -EINVAL, or what the memory said. */
static ssize_t read_list(const struct mem *mem, taddr at, struct gdb_jit_file file[GDB_JIT_ENTRIES_MAX])
{
	size_t n = 0;

	for (; at; n++) {
		struct entry e;
		if (n == GDB_JIT_ENTRIES_MAX)
			return -EINVAL;
		int err = mem_read(mem, at, &e, sizeof(e));
		if (err)
			return err;
		file[n] = (struct gdb_jit_file){ .entry = at, .at = e.at, .size = e.size };
		at = e.next;
	}
	return (ssize_t)n;
}

static bool is_same(const struct gdb_jit_file *a, const struct gdb_jit_file *b)
{
	return a->entry == b->entry && a->at == b->at && a->size == b->size;
}

/* How many of the list's files, its last ones, are those that were read: all of these, in their order; else 0. */
static size_t known_of(const struct gdb_jit *j, const struct gdb_jit_file *list, size_t n)
{
	if (j->n > n)
		return 0;
	for (size_t i = 0; i < j->n; i++)
		if (!is_same(&j->file[i], &list[n - 1 - i]))
			return 0;
	return j->n;
}

static int read_file(struct gdb_jit *j, const struct mem *mem, const struct gdb_jit_file *file)
{
	if (!file->size || file->size > GDB_JIT_FILE_MAX || j->bytes + file->size > GDB_JIT_BYTES_MAX)
		return 0;
	uint8_t *image = malloc(file->size);
	if (!image)
		return -ENOMEM;
	j->bytes += file->size; /* to read in vain takes as long */
	int err = mem_read(mem, file->at, image, file->size);
	if (!err)
		err = gdb_jit_add_file(&j->map, image, file->size);
	free(image);
	return err == -ENOMEM ? err : 0;
}

/* list: the newest first. */
static int take_list(struct gdb_jit *j, const struct mem *mem, struct gdb_jit_file *list, size_t n)
{
	size_t known = known_of(j, list, n);
	int err = 0;

	if (known < j->n)
		gdb_jit_release(j);
	for (size_t i = n - known; i-- > 0 && !err;)
		err = read_file(j, mem, &list[i]);
	for (size_t i = 0; i < n / 2; i++) {
		struct gdb_jit_file swapped = list[i];
		list[i] = list[n - 1 - i];
		list[n - 1 - i] = swapped;
	}
	free(j->file);
	j->file = list;
	j->n = n;
	return err;
}

int gdb_jit_read(struct gdb_jit *j, const struct mem *mem, taddr descriptor)
{
	uint64_t now[3];
	int err = mem_read(mem, descriptor, now, sizeof(now));

	if (!err && (uint32_t)now[VERSION] != 1)
		err = -EPROTONOSUPPORT;
	if (!err && memcmp(now, j->descriptor, sizeof(now)) == 0)
		return 0;
	if (!err) {
		struct gdb_jit_file *list = malloc(GDB_JIT_ENTRIES_MAX * sizeof(*list));
		ssize_t n = list ? read_list(mem, now[FIRST], list) : -ENOMEM;
		err = n < 0 ? (int)n : take_list(j, mem, list, (size_t)n);
		if (n < 0)
			free(list);
	}
	if (err)
		gdb_jit_release(j);
	else
		memcpy(j->descriptor, now, sizeof(now));
	return err;
}

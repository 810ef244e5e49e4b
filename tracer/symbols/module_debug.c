/* SPDX-License-Identifier: MIT */
/*
 * Separate debug files, by build-id and by .gnu_debuglink, where distributions put them ("Debugging Information in
 * Separate Files", gdb manual). The traced program's own root is asked before ours.
 */
#include "symbols/module_load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/file_open.h"

/* It takes 3 ns a byte. */
#define CRC_FILE_MAX ((off_t)64 << 20)

static bool same_build_id(const struct module *m, int fd)
{
	uint8_t id[MODULE_BUILD_ID];
	Elf *elf = elf_open(fd);
	size_t n = elf ? module_build_id(elf, id) : 0;

	elf_end(elf);
	return n == m->n_build_id && memcmp(id, m->build_id, n) == 0;
}

/* The common CRC-32, whose table is made where it is needed: hardly ever. */
static void make_crc_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
		table[i] = crc;
	}
}

/* The CRC of .gnu_debuglink. Of what is no ELF file none is made: it is none of our business. */
static bool same_crc(int fd, uint32_t want)
{
	uint8_t buf[16384];
	uint32_t table[256], crc = UINT32_MAX;
	struct stat st;
	off_t at = 0;
	ssize_t got;

	if (fstat(fd, &st) != 0 || st.st_size > CRC_FILE_MAX)
		return false;
	make_crc_table(table);
	while (at < CRC_FILE_MAX && (got = pread(fd, buf, sizeof(buf), at)) > 0) {
		if (at == 0 && (got < SELFMAG || memcmp(buf, ELFMAG, SELFMAG) != 0))
			return false;
		for (ssize_t i = 0; i < got; i++)
			crc = table[(crc ^ buf[i]) & 0xff] ^ crc >> 8;
		at += got;
	}
	return ~crc == want;
}

static int by_build_id(const struct module *m, const char *root)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%02x/", m->build_id[0]);

	for (size_t i = 1; i < m->n_build_id && n > 0 && (size_t)n + 8 < sizeof(path); i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "%02x", m->build_id[i]);
	(void)snprintf(path + n, sizeof(path) - (size_t)n, ".debug");
	int fd = file_open_beneath(root, path, NULL);
	if (fd >= 0 && !same_build_id(m, fd)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/* The name has no slash in it, or a hostile file could send us anywhere. */
static int by_link(const struct module *m, const char *root, const char *dir, const char *name, uint32_t crc)
{
	static const struct {
		const char *before, *after;
	} place[] = { { "", "" }, { "", "/.debug" }, { "/usr/lib/debug", "" } };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(place); i++) {
		int n = snprintf(path, sizeof(path), "%s%s%s/%s", place[i].before, dir, place[i].after, name);
		int fd = n > 0 && (size_t)n < sizeof(path) ? file_open_beneath(root, path, NULL) : -ENOENT;
		if (fd < 0)
			continue;
		if (m->n_build_id ? same_build_id(m, fd) : same_crc(fd, crc))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int by_either(const struct module *m, const char *root, const char *dir, const char *link, uint32_t crc)
{
	int fd = m->n_build_id >= 2 ? by_build_id(m, root) : -ENOENT;

	if (fd < 0 && link && dir)
		fd = by_link(m, root, dir, link, crc);
	return fd;
}

int module_debug_open(const struct module *m, Elf *elf, const char *root, const char *dir)
{
	GElf_Shdr sh;
	size_t len = 0;
	uint32_t crc = 0;
	Elf_Scn *scn = module_section_find(elf, ".gnu_debuglink", &sh);
	const char *link = scn ? module_section_bytes(scn, &sh, NOTE_MAX, &len) : NULL;

	/* "name\0", padding to 4, the CRC */
	if (link && (len < 8 || !memchr(link, '\0', len - 4) || strchr(link, '/')))
		link = NULL;
	if (link)
		memcpy(&crc, link + len - 4, 4);
	int fd = root ? by_either(m, root, dir, link, crc) : -ENOENT;
	return fd >= 0 ? fd : by_either(m, "", dir, link, crc);
}

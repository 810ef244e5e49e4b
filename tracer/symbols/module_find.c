/* SPDX-License-Identifier: MIT */
/*
 * The file behind a mapping. /proc/TID/map_files is asked first: it is the very file that is mapped, whatever has
 * happened to its name (deleted, replaced, in another mount namespace, a memfd), but the kernel wants
 * CAP_CHECKPOINT_RESTORE for it (proc(5)). Else the path, taken when the inode is still the same. Else
 * /proc/TID/exe, for the program. Else the module has a name and no more. The vdso is read from memory.
 */
#include "symbols/module_find.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/file_open.h"

#define MODULES_MAX 4096
#define FILES_MAX   64
#define PATH_ROOM   (VMA_NAME + 64)
#define VDSO_MAX    ((uint64_t)256 << 10)

static const char deleted[] = " (deleted)";

void module_store_release(struct module_store *store)
{
	for (struct module *m = store->first, *next; m; m = next) {
		next = m->next;
		module_free(m);
	}
	*store = (struct module_store){ 0 };
}

static struct module *known(const struct module_store *store, const struct module_key *key)
{
	for (struct module *m = store->first; m; m = m->next)
		if (m->key.ino == key->ino && m->key.dev == key->dev && m->key.size == key->size &&
			m->key.mtime_s == key->mtime_s && m->key.mtime_ns == key->mtime_ns &&
			m->key.build_id == key->build_id)
			return m;
	return NULL;
}

static struct module *keep(struct module_store *store, struct module *m, const struct module_key *key)
{
	if (!m)
		return NULL;
	m->key = *key;
	m->next = store->first;
	store->first = m;
	store->n++;
	return m;
}

/* "/usr/bin/thr (deleted)" -> "thr"; "/memfd:jit (deleted)" -> "memfd:jit". dir: what goes before. */
static void split_name(const struct vma *vma, char name[VMA_NAME], char dir[VMA_NAME])
{
	char path[VMA_NAME];

	(void)snprintf(path, sizeof(path), "%s", vma->name);
	size_t len = strlen(path), tail = sizeof(deleted) - 1;
	if (len > tail && strcmp(path + len - tail, deleted) == 0)
		path[len - tail] = '\0';
	char *slash = strrchr(path, '/');
	(void)snprintf(name, VMA_NAME, "%s", slash ? slash + 1 : path);
	if (slash)
		*slash = '\0';
	(void)snprintf(dir, VMA_NAME, "%s", slash ? path : "");
}

/* The file at the mapping's path, where it is still the same. */
static int open_same(const char *root, const struct vma *vma, struct stat *ret)
{
	int fd = file_open_beneath(root, vma->name, ret);

	if (fd < 0 || ret->st_ino == vma->inode)
		return fd;
	close(fd);
	return -ENOENT;
}

static int open_mapped(pid_t tid, const struct vma *vma, bool in_program, struct stat *ret)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, tid, vma->low, vma->high);
	int fd = file_open(path, ret);
	if (fd < 0 && vma->name[0] == '/') {
		(void)snprintf(path, sizeof(path), "/proc/%d/root", tid);
		fd = open_same(path, vma, ret);
	}
	if (fd < 0 && vma->inode && vma->name[0] == '/') /* the process is gone: of that name, and the very file */
		fd = open_same("", vma, ret);
	if (fd < 0 && in_program) {
		(void)snprintf(path, sizeof(path), "/proc/%d/exe", tid);
		fd = file_open(path, ret);
	}
	return fd;
}

/* The file's header is where a module of this bias has it. */
static bool header_at(const struct kernel *door, pid_t tid, const struct module *m, uint64_t bias)
{
	uint8_t there[sizeof(m->header)];

	for (size_t i = 0; i < m->n_seg; i++)
		if (m->seg[i].offset == 0)
			return door->read_mem(door->ctx, tid, bias + m->seg[i].vaddr, there, sizeof(there)) ==
				sizeof(there) &&
				memcmp(there, m->header, sizeof(there)) == 0;
	return false;
}

/*
 * What a module's own addresses were moved by, from the segment that the vma's file offset lies in. One page of the
 * file may belong to several segments, and is then mapped for each. The rights tell them apart, but for RELRO pages:
 * they are of the writable segment and mapped as the read-only one is (libc.so.6 of Debian 13). So, of those that are
 * code or are not, as the vma is, the one is meant from which the header is where it should be. In a file of one page
 * it is in each mapping; the first is the lowest.
 */
static uint64_t bias_of(const struct kernel *door, pid_t tid, const struct module *m, const struct vma *vma)
{
	uint64_t page = kernel_page(door), code[MODULE_SEGMENTS], best = vma->low - vma->offset;
	size_t n = 0, n_code = 0;

	for (size_t i = 0; i < m->n_seg; i++) {
		const struct module_segment *s = &m->seg[i];
		if (vma->offset < page_down(s->offset, page) || vma->offset >= s->offset + s->filesz)
			continue;
		bool exec = !!(vma->prot & VMA_EXEC) == !!(s->flags & PF_X);
		bool write = !!(vma->prot & VMA_WRITE) == !!(s->flags & PF_W);
		uint64_t bias = vma->low - (s->vaddr + (vma->offset - s->offset));
		if (n++ == 0 || (exec && write))
			best = bias;
		if (exec)
			code[n_code++] = bias;
	}
	for (size_t i = n_code; i > 0 && n_code > 1; i--) /* addresses of segments ascend, so biases descend */
		if (header_at(door, tid, m, code[i - 1]))
			return code[i - 1];
	return best;
}

static struct module *from_memory(
	const struct kernel *door, pid_t tid, const struct vma *vma, const char *name, struct module_store *store)
{
	uint64_t size = vma->high - vma->low;
	void *image = size <= VDSO_MAX ? malloc(size) : NULL;
	ssize_t got = image ? door->read_mem(door->ctx, tid, vma->low, image, size) : -1;
	struct module_key key = { .size = size, .build_id = 14695981039346656037U };

	if (got <= 0) {
		free(image);
		return NULL;
	}
	for (ssize_t i = 0; i < got; i++) /* FNV-1a of all of it: the kernel's vdso is the same for everybody */
		key.build_id = (key.build_id ^ ((uint8_t *)image)[i]) * 1099511628211U;
	struct module *m = known(store, &key);
	if (m) {
		free(image);
		return m;
	}
	return store->n < MODULES_MAX ? keep(store, module_from_image(image, (size_t)got, name), &key) :
					(free(image), NULL);
}

static struct module *from_file(struct module_store *store, pid_t tid, const struct vma *vma, bool in_program)
{
	char name[VMA_NAME], dir[VMA_NAME], root[32];
	struct stat st;
	struct module_key key = { .ino = vma->inode, .dev = (uint64_t)vma->dev_major << 32 | vma->dev_minor };
	int fd = open_mapped(tid, vma, in_program, &st);

	split_name(vma, name, dir);
	if (fd >= 0)
		key = (struct module_key){ .dev = st.st_dev,
			.ino = st.st_ino,
			.size = (uint64_t)st.st_size,
			.mtime_s = st.st_mtim.tv_sec,
			.mtime_ns = st.st_mtim.tv_nsec };
	struct module *m = known(store, &key);
	if (m || store->n >= MODULES_MAX) {
		if (fd >= 0)
			close(fd);
		return m;
	}
	(void)snprintf(root, sizeof(root), "/proc/%d/root", tid);
	m = keep(store, fd >= 0 ? module_from_fd(fd, name, root, dir) : module_named(name), &key);
	if (m && fd >= 0 && ++store->n_files > FILES_MAX)
		module_close_file(m);
	return m;
}

struct module *module_find(struct module_store *store, const struct kernel *door, pid_t tid, const struct vma *vma,
	bool in_program, uint64_t *ret_bias)
{
	struct module *m = NULL;

	if (strcmp(vma->name, "[vdso]") == 0)
		m = from_memory(door, tid, vma, "[vdso]", store);
	else if (vma->inode && vma->name[0] == '/')
		m = from_file(store, tid, vma, in_program);
	if (m && in_program)
		m->program = true;
	*ret_bias = m ? bias_of(door, tid, m, vma) : 0;
	return m;
}

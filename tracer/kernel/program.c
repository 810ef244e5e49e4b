/* SPDX-License-Identifier: MIT */
#include "kernel/program.h"

#include "kernel/elf_open.h"
#include "kernel/file_open.h"

#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger constants are not searched. */
#define RODATA_MAX ((size_t)256 << 20)
#define PHDRS_MAX  256

/*
 * The byte after `key` in a section's data, or NULL. Sections can be megabytes: memmem is linear and runs once a
 * program.
 */
static const char *after(const Elf_Data *d, const char *key, size_t need)
{
	const char *at = d && d->d_buf ? memmem(d->d_buf, d->d_size, key, strlen(key)) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	return (size_t)((const char *)d->d_buf + d->d_size - at) >= need ? at : NULL;
}

/*
 * glibc says "stable release version 2.36." or "development release version", musl "musl libc" ... "Version 1.2.3"
 * apart.
 */
static void version_in_section(const Elf_Data *d, struct program_facts *f)
{
	char v[16] = "";
	const char *at;

	if ((at = after(d, "release version ", 8)) && sscanf(at, "%15[0-9.]", v) == 1) {
		if (strlen(v) && v[strlen(v) - 1] == '.')
			v[strlen(v) - 1] = '\0';
		snprintf(f->libc, sizeof(f->libc), "glibc %s", v);
		f->kind = LIBC_GLIBC;
	} else if (f->kind == LIBC_UNKNOWN && after(d, "musl libc", 0)) {
		snprintf(f->libc, sizeof(f->libc), "musl");
		f->kind = LIBC_MUSL;
	}
}

static bool interpreter(Elf *elf, char *path, size_t size)
{
	size_t n;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n && i < PHDRS_MAX; i++) {
		GElf_Phdr ph;
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_INTERP || ph.p_filesz == 0 || ph.p_filesz > size)
			continue;
		Elf_Data *d = elf_getdata_rawchunk(elf, (int64_t)ph.p_offset, ph.p_filesz, ELF_T_BYTE);
		if (!d || !d->d_buf)
			return false;
		memcpy(path, d->d_buf, ph.p_filesz);
		path[ph.p_filesz - 1] = '\0';
		return true;
	}
	return false;
}

static void scan_sections(Elf *elf, struct program_facts *f)
{
	Elf_Scn *scn = NULL;
	size_t names;
	bool musl_signs = false, gnu_start = false;

	if (!elf_section_names(elf, &names))
		return;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr sh;
		const char *name = gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;
		if (!name)
			continue;
		/* Who builds without the one (esbuild) has the other. */
		if (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".gopclntab") == 0) {
			f->kind = LIBC_GO;
			snprintf(f->libc, sizeof(f->libc), "Go");
		} else if (strcmp(name, ".note.ABI-tag") == 0) {
			gnu_start = true; /* glibc's start file puts it in; musl's has none */
		} else if (strcmp(name, ".rodata") == 0 && f->kind != LIBC_GO && sh.sh_size <= RODATA_MAX) {
			Elf_Data *d = elf_getdata(scn, NULL);
			version_in_section(d, f);
			/*
			 * A static musl program has no name of its libc in it; this message of its loader or stdio is
			 * musl's alone.
			 */
			musl_signs = after(d, "No error information", 0) != NULL;
		}
	}
	if (f->kind == LIBC_UNKNOWN && f->is_static && gnu_start) {
		f->kind = LIBC_GLIBC;
		snprintf(f->libc, sizeof(f->libc), "glibc, linked statically");
	}
	if (f->kind == LIBC_UNKNOWN && f->is_static && musl_signs) {
		f->kind = LIBC_MUSL;
		snprintf(f->libc, sizeof(f->libc), "musl");
	}
}

static void identify_interpreter(const char *root, const char *path, struct program_facts *f)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	if (strncmp(base, "ld-musl", 7) == 0) {
		f->kind = LIBC_MUSL;
		snprintf(f->libc, sizeof(f->libc), "musl");
		return;
	}
	if (strncmp(base, "linker", 6) == 0) {
		f->kind = LIBC_BIONIC;
		snprintf(f->libc, sizeof(f->libc), "bionic");
		return;
	}
	int fd = file_open_beneath(root, path, NULL);
	Elf *elf = fd >= 0 ? elf_open(fd) : NULL;
	if (elf)
		scan_sections(elf, f);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
}

static void identify_fd(int fd, const char *root, struct program_facts *f, char interp[CALL_PATH_MAX])
{
	struct stat st;

	interp[0] = '\0';
	mode_t mode = fstat(fd, &st) == 0 ? st.st_mode : 0;
	f->setuid = mode & S_ISUID ? (int64_t)st.st_uid : -1;
	/*
	 * Without the group's x bit it once meant mandatory locking, and means nothing now (fs/exec.c,
	 * bprm_fill_uid).
	 */
	f->setgid = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) ? (int64_t)st.st_gid : -1;
	f->setid = f->setuid >= 0 || f->setgid >= 0;
	Elf *elf = elf_open(fd);
	if (!elf)
		return;
	GElf_Ehdr eh;
	f->x32 = gelf_getehdr(elf, &eh) && eh.e_machine == EM_X86_64 && gelf_getclass(elf) == ELFCLASS32;
	f->is_static = !interpreter(elf, interp, CALL_PATH_MAX);
	if (f->is_static) {
		scan_sections(elf, f);
	} else {
		identify_interpreter(root, interp, f);
	}
	elf_end(elf);
}

/* ---- a program that was identified a moment ago: before execve and after it, or by the command before ---- */

struct file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

static struct {
	bool known;
	struct file_id file, interpreter;
	char interp[CALL_PATH_MAX]; /* "": none */
	struct program_facts facts;
} last;

static struct file_id id_in(const struct stat *st)
{
	return (struct file_id){ st->st_dev, st->st_ino, st->st_size, st->st_ctim };
}

static bool id_of(const char *path, struct file_id *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*ret = id_in(&st);
	return true;
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool interpreter_id(const char *root, const char *interp, struct file_id *ret)
{
	struct stat st;

	*ret = (struct file_id){ 0 };
	if (!*interp)
		return true;
	if (file_stat_beneath(root, interp, &st) != 0)
		return false;
	*ret = id_in(&st);
	return true;
}

static bool is_last(const char *exe, const char *root)
{
	struct file_id file, interpreter;

	return last.known && id_of(exe, &file) && same_file(&file, &last.file) &&
		interpreter_id(root, last.interp, &interpreter) && same_file(&interpreter, &last.interpreter);
}

/* Everything but ret->path, which is not the file's. */
static void identify(const char *exe, const char *root, struct program_facts *ret)
{
	struct stat st;

	*ret = (struct program_facts){ 0 };
	if (is_last(exe, root)) {
		*ret = last.facts;
		return;
	}
	int fd = file_open(exe, NULL);
	if (fd < 0)
		return;
	identify_fd(fd, root, ret, last.interp);
	last.facts = *ret;
	last.known = fstat(fd, &st) == 0 && interpreter_id(root, last.interp, &last.interpreter);
	if (last.known)
		last.file = id_in(&st);
	close(fd);
}

void program_identify_file(const char *path, struct program_facts *ret)
{
	identify(path, "", ret);
	snprintf(ret->path, sizeof(ret->path), "%s", path);
}

void program_identify(pid_t tid, struct program_facts *ret)
{
	char exe[64], root[64];

	snprintf(exe, sizeof(exe), "/proc/%d/exe", tid);
	snprintf(root, sizeof(root), "/proc/%d/root", tid);
	identify(exe, root, ret);
	ssize_t n = readlink(exe, ret->path, sizeof(ret->path) - 1);
	ret->path[n > 0 ? n : 0] = '\0';
}

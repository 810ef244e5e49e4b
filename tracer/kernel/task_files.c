/* SPDX-License-Identifier: MIT */
#include "kernel/task_files.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <thrtrace/page.h>

#include "kernel/kernel_arch.h"
#include "kernel/proc_file.h"
#include "kernel/procfs_ioctl.h"

/*
 * A file costs three calls, and a thread five files: closing many by one call saves a third of all that thrtrace
 * asks. What the kernel does to close them stays the same.
 */
struct task_fds {
	int fd[256];
	unsigned n;
};

/* Numbers side by side are all ours; close_range(2) is from Linux 5.9 on. */
static void close_done(struct task_fds *d)
{
	for (unsigned i = 0, end; i < d->n; i = end) {
		for (end = i + 1; end < d->n && d->fd[end] == d->fd[end - 1] + 1;)
			end++;
		if (end - i > 1 && syscall(SYS_close_range, d->fd[i], d->fd[end - 1], 0) == 0)
			continue;
		for (unsigned k = i; k < end; k++)
			close(d->fd[k]);
	}
	d->n = 0;
}

static int open_task_file(const struct task_files *f, const char *path)
{
	int fd = openat(f->tasks, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 || errno != EMFILE)
		return fd < 0 ? -errno : fd;
	close_done(f->done);
	fd = openat(f->tasks, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void done_with(const struct task_files *f, int fd)
{
	f->done->fd[f->done->n++] = fd;
	if (f->done->n == ARRAY_SIZE(f->done->fd))
		close_done(f->done);
}

int task_files_open(struct task_files *ret, pid_t pid)
{
	char path[64];
	struct task_files f = { .pid = pid, .page = kernel_arch_page() };

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	f.done = calloc(1, sizeof(*f.done));
	if (!f.done)
		return -ENOMEM;
	f.tasks = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f.tasks < 0) {
		int err = -errno;
		free(f.done);
		return err;
	}
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	f.pagemap = open(path, O_RDONLY | O_CLOEXEC);
	f.pagemap_error = f.pagemap < 0 ? -errno : 0;
	*ret = f;
	return 0;
}

void task_files_rest(const struct task_files *f)
{
	close_done(f->done);
}

void task_files_close(struct task_files *f)
{
	if (f->done)
		close_done(f->done);
	free(f->done);
	f->done = NULL;
	if (f->tasks >= 0)
		close(f->tasks);
	if (f->pagemap >= 0)
		close(f->pagemap);
	f->tasks = f->pagemap = -1;
}

/* The bytes of an ELF header that tell word size, byte order and machine. */
static bool read_machine(int dir, const char *path, Elf64_Ehdr *ret)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, sizeof(*ret));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(*ret) && memcmp(ret->e_ident, ELFMAG, SELFMAG) == 0;
}

bool task_files_native(const struct task_files *f)
{
	Elf64_Ehdr its, own;

	return read_machine(f->tasks, "../exe", &its) && read_machine(AT_FDCWD, "/proc/self/exe", &own) &&
		its.e_ident[EI_CLASS] == own.e_ident[EI_CLASS] && its.e_machine == own.e_machine;
}

/* ---- files ---- */

ssize_t task_files_list(const struct task_files *f, pid_t **ret)
{
	int fd = openat(f->tasks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	pid_t *tid = NULL;
	size_t n = 0, room = 0;

	if (!dir) {
		int err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			pid_t *grown = realloc(tid, room * sizeof(*tid));
			if (!grown) {
				free(tid);
				closedir(dir);
				return -ENOMEM;
			}
			tid = grown;
		}
		tid[n++] = (pid_t)strtol(e->d_name, NULL, 10);
	}
	closedir(dir);
	*ret = tid;
	return (ssize_t)n;
}

ssize_t task_file_read(const struct task_files *f, pid_t tid, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/%s", tid, name);
	int fd = open_task_file(f, path);
	if (fd < 0)
		return fd;
	ssize_t n = proc_read_once(fd, buf, size);
	done_with(f, fd);
	return n;
}

ssize_t task_files_whole(const struct task_files *f, const char *name, char **ret)
{
	char path[64], *text = NULL;
	size_t len = 0, room = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "../%s", name);
	int fd = openat(f->tasks, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do {
		if (room - len < 65536) {
			room = room ? 2 * room : 131072;
			char *grown = realloc(text, room);
			if (!grown) {
				n = -ENOMEM;
				break;
			}
			text = grown;
		}
		n = read(fd, text + len, room - len - 1);
		n = n < 0 ? -errno : n;
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	if (n < 0) {
		free(text);
		return n;
	}
	text[len] = '\0';
	*ret = text;
	return (ssize_t)len;
}

int task_files_fd(const struct task_files *f, uint64_t fd, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "../fd/%llu", (unsigned long long)fd);
	ssize_t n = readlinkat(f->tasks, path, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* ---- memory ---- */

#define PIECES 8

ssize_t task_memory(const struct task_files *f, taddr at, void *buf, size_t n)
{
	struct iovec remote[PIECES], local = { buf, n };
	unsigned pieces = 0;
	size_t done = 0;

	/* A piece a page: process_vm_readv(2) never splits a piece, so a hole costs no more than its page. */
	for (; pieces < PIECES && done < n; pieces++) {
		taddr from = at + done;
		size_t len = (size_t)(page_down(from, f->page) + f->page - from);
		if (len > n - done)
			len = n - done;
		remote[pieces] = (struct iovec){ (void *)(uintptr_t)from, len }; /* NOLINT: an address of the process */
		done += len;
	}
	local.iov_len = done;
	ssize_t got = process_vm_readv(f->pid, &local, 1, remote, pieces, 0);
	return got < 0 ? -errno : got;
}

int task_robust_list(pid_t tid, taddr *ret)
{
	void *head = NULL;
	size_t len = 0;

	if (syscall(SYS_get_robust_list, tid, &head, &len) < 0)
		return -errno;
	*ret = (uintptr_t)head;
	return 0;
}

/* Before Linux 6.7: a word a page, whose bit 63 says so. */
int task_present(const struct task_files *f, taddr low, taddr high, uint64_t *ret)
{
	uint64_t word[512], found = 0;

	if (f->pagemap < 0)
		return f->pagemap_error;
	for (taddr at = low; at < high;) {
		size_t want = (size_t)((high - at) / f->page);
		if (want > ARRAY_SIZE(word))
			want = ARRAY_SIZE(word);
		ssize_t got = pread(f->pagemap, word, want * 8, (off_t)(at / f->page * 8));
		if (got <= 0)
			return got < 0 ? -errno : -ESRCH;
		for (size_t i = 0; i < (size_t)got / 8; i++, at += f->page)
			found += word[i] >> 63 ? f->page : 0;
	}
	*ret = found;
	return 0;
}

#define REGIONS 512

ssize_t task_regions(const struct task_files *f, taddr *at, taddr high, struct task_region *ret, size_t room)
{
	struct thr_page_region region[REGIONS];
	struct thr_pm_scan_arg scan = {
		.size = sizeof(scan),
		.start = *at,
		.end = high,
		.vec = (uintptr_t)region,
		.vec_len = room < REGIONS ? room : REGIONS,
		/* The page of zeros that a read of untouched memory maps is nobody's memory. */
		.category_inverted = THR_PAGE_IS_PFNZERO,
		.category_mask = THR_PAGE_IS_PFNZERO,
		.category_anyof_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_GUARD,
		.return_mask = THR_PAGE_IS_PRESENT | THR_PAGE_IS_GUARD,
	};

	if (f->pagemap < 0)
		return f->pagemap_error;
	int n = ioctl(f->pagemap, THR_PAGEMAP_SCAN, &scan);
	if (n < 0 && errno == EINVAL) { /* before 6.16 */
		scan.category_anyof_mask = scan.return_mask = THR_PAGE_IS_PRESENT;
		n = ioctl(f->pagemap, THR_PAGEMAP_SCAN, &scan);
	}
	if (n < 0)
		return errno == ENOTTY ? -EOPNOTSUPP : -errno;
	for (int i = 0; i < n; i++)
		ret[i] = (struct task_region){ region[i].start, region[i].end,
			region[i].categories & THR_PAGE_IS_GUARD };
	*at = scan.walk_end > *at ? scan.walk_end : high;
	return n;
}

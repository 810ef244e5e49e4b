/* SPDX-License-Identifier: MIT */
/* io_uring makes threads inside the kernel: no call of the program's and no event tells of them. */
#include <dirent.h>
#include <linux/io_uring.h>

#include "oddity.h"

/* How many threads of this process have a name that begins so. */
static int threads_named(const char *prefix)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	MUST(dir);
	while ((entry = readdir(dir))) {
		char path[300], name[32] = "";
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		FILE *f = fopen(path, "r");
		if (f && fgets(name, sizeof(name), f))
			n += strncmp(name, prefix, strlen(prefix)) == 0;
		if (f)
			fclose(f);
	}
	closedir(dir);
	return n;
}

int main(void)
{
	struct io_uring_params params = { 0 };
	int ends[2];
	static char c;

	MUST(pipe(ends) == 0);
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0)
		skip("io_uring is not available");
	char *sq = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(unsigned), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, params.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	MUST(sq != MAP_FAILED && (void *)sqe != MAP_FAILED);
	/* A read that would block, and is asked to be made by a worker. */
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_READ, .flags = IOSQE_ASYNC, .fd = ends[0], .addr = (uintptr_t)&c, .len = 1
	};
	*(unsigned *)(sq + params.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	MUST(syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1);
	for (int i = 0; i < 200 && threads_named("iou-wrk") == 0; i++)
		sleep_ms(1);
	if (threads_named("iou-wrk") == 0)
		skip("io_uring made no worker");
	EXPECT("%d birth kind=io_worker name~iou-wrk followed=false", threads_named("iou-wrk"));
	/* Whose it is its name says by the number of the first pid namespace. */
	char own[64];
	ssize_t len = readlink("/proc/self/ns/pid", own, sizeof(own) - 1);
	if (len > 0 && strncmp(own, "pid:[4026531836]", (size_t)len) == 0)
		EXPECT("%d birth kind=io_worker parent=T0", threads_named("iou-wrk"));
	sleep_ms(500); /* where no call stops, it is looked for when nothing happens */
	EXPECT("1 birth kind=program");
	return 0;
}

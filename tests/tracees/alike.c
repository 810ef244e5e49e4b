/* SPDX-License-Identifier: MIT */
/*
 * alike [wait]: threads of no runtime, with names and routines that are some runtime's: none has a role. With "wait" it
 * says "ready" when all are named, and lives until the end of standard input.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define N (sizeof(names) / sizeof(names[0]))

static const char *const names[] = { "GC Thread#0", "VM Thread", "C2 CompilerThre", "Common-Cleaner", "V8Worker",
	"libuv-worker", "ThreadPoolExecu", "iou-wrk-1", "vhost-1", "GC-marker-0", "bio_close_file", "gmain",
	"tokio-runtime-w", "ForkJoinPool.co" };
static sem_t named, end;

static void stay(const char *name)
{
	prctl(PR_SET_NAME, name);
	sem_post(&named);
	sem_wait(&end);
}

/* libuv's, the JVM's and CPython's, by their names. */
static void *worker(void *name)
{
	stay(name);
	return NULL;
}

static void *thread_native_entry(void *name)
{
	stay(name);
	return NULL;
}

static void *pythread_wrapper(void *name)
{
	stay(name);
	return NULL;
}

int main(int argc, char **argv)
{
	static void *(*const run[])(void *) = { worker, thread_native_entry, pythread_wrapper };
	pthread_t thread[N];
	char byte;

	for (unsigned i = 0; i < N; i++)
		pthread_create(&thread[i], NULL, run[i % 3], (void *)names[i]);
	for (unsigned i = 0; i < N; i++)
		sem_wait(&named);
	if (argc > 1 && strcmp(argv[1], "wait") == 0) {
		puts("ready");
		fflush(stdout);
		if (read(0, &byte, 1) < 0)
			return 1;
	}
	for (unsigned i = 0; i < N; i++)
		sem_post(&end);
	for (unsigned i = 0; i < N; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

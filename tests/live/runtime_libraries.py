#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Threads of libraries and servers, started plainly: nearly all have a role, the right one.

    runtime_libraries.py THRTRACE TRACEES CASE
"""
import json
import os
import subprocess
import sys
import time

from harness import Failure, in_own_folder, run, run_case, run_traced, skip, wait_until
from role_check import THRTRACE, Seen, build, built, need, need_file, write


# ---- libraries ----

OMP = "int main(void)\n{\n#pragma omp parallel num_threads(3)\n\t__asm__ volatile(\"\");\n\treturn 0;\n}\n"


# What its row says of its end: a smaller region ends it, and so does the end of the thread that it works for.
FEWER = """#include <dirent.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void tasks_are(int wanted)
{
	for (int n = -1; n != wanted; usleep(1000)) {
		DIR *d = opendir("/proc/self/task");

		for (n = -2; readdir(d); n++)
			;
		closedir(d);
	}
}

static void region(int threads)
{
#pragma omp parallel num_threads(threads)
	__asm__ volatile("");
}

static void *thread(void *arg)
{
	region(2);
	return arg;
}

int main(void)
{
	pthread_t t;

	region(4);
	region(2);
	tasks_are(2);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	tasks_are(2);
	return 0;
}
"""


def says_of_its_end(role):
    for line in run([THRTRACE, "--roles", "--format=json"], 60).out.splitlines():
        row = json.loads(line)
        if row.get("id") == role:
            return row["ends"]
    raise Failure(f"there is no role {role}")


def libgomp(folder):
    Seen([built(folder, OMP, flags=["-fopenmp"])]).check({".*": "libgomp-worker"}, ["libgomp-worker"])
    _, events = run_traced(THRTRACE, [], [built(folder, FEWER, flags=["-fopenmp"])], 60)
    ends = [e["how"] for e in events if e["event"] == "end"]
    # Two of the team of four, and the thread with its one; main and its one of two are there until the end.
    if (ends.count("exit"), ends.count("exit_group")) != (4, 2) or says_of_its_end("libgomp-worker") != "used":
        raise Failure(f"ends: {ends}, while the row says {says_of_its_end('libgomp-worker')}")


def libomp(folder):
    Seen([built(folder, OMP, compiler="clang", flags=["-fopenmp"])]).check({".*": "libomp-worker"}, ["libomp-worker"])


def openblas(_):
    code, python = "import numpy; a = numpy.ones((400, 400)); a @ a", need_file("/usr/bin/python3")
    if run([python, "-c", "import numpy"], 60).code:
        skip("this Python has no numpy")
    Seen([python, "-c", code], env={"OPENBLAS_NUM_THREADS": "4"}).check(
        {".*": "openblas-worker"}, ["openblas-worker"])
    code = "import numpy, os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()"
    _, events = run_traced(THRTRACE, [], [python, "-c", code], 60, env={**os.environ, "OPENBLAS_NUM_THREADS": "4"})
    ends = [e["how"] for e in events if e["event"] == "end" and e["tid"] != e["tgid"]]
    if set(ends) != {"exit"} or says_of_its_end("openblas-worker") != "used":
        raise Failure(f"ends at a fork: {ends}, while the row says {says_of_its_end('openblas-worker')}")


def tbb(folder):
    text = """#include <oneapi/tbb.h>
#include <chrono>
#include <thread>
int main()
{
	tbb::global_control c(tbb::global_control::max_allowed_parallelism, 4);
	tbb::parallel_for(0, 64, [](int) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
}
"""
    Seen([built(folder, text, "-ltbb", compiler="g++")]).check({".*": "tbb-worker"}, ["tbb-worker"])


def packages(*names):
    """What pkg-config says of them: flags, libraries."""
    ran = run([need("pkg-config"), "--cflags", "--libs", *names], 20)
    if ran.code:
        skip(f"pkg-config has no {names[0]}")
    return ran.out.split()


def glib(folder):
    text = """#include <gio/gio.h>
static void work(gpointer d, gpointer u) { (void)d; (void)u; g_usleep(5000); }
static gpointer own(gpointer d) { return d; }
static void task(GTask *t, gpointer s, gpointer d, GCancellable *c)
{
	(void)s; (void)d; (void)c;
	g_task_return_int(t, 1);
}
int main(void)
{
	GThreadPool *shared = g_thread_pool_new(work, NULL, 2, FALSE, NULL);
	GThreadPool *exclusive = g_thread_pool_new(work, NULL, 2, TRUE, NULL);
	for (int i = 1; i < 6; i++) {
		g_thread_pool_push(shared, GINT_TO_POINTER(i), NULL);
		g_thread_pool_push(exclusive, GINT_TO_POINTER(i), NULL);
	}
	g_thread_join(g_thread_new("mine", own, NULL));
	GFileMonitor *m = g_file_monitor_directory(g_file_new_for_path("/tmp"), 0, NULL, NULL);
	GTask *t = g_task_new(NULL, NULL, NULL, NULL);
	g_task_run_in_thread_sync(t, task);
	g_thread_pool_free(shared, FALSE, TRUE);
	g_thread_pool_free(exclusive, FALSE, TRUE);
	g_object_unref(m);
	return 0;
}
"""
    Seen([built(folder, text, *packages("gio-2.0"))]).check(
        {"gmain": "glib-main", "pool-spawner": "glib-pool-spawner", "pool.*": "glib-pool", "mine": "glib-thread"},
        ["glib-pool", "glib-thread", "glib-main"])


def qt(folder):
    text = """#include <QCoreApplication>
#include <QThread>
#include <QThreadPool>
#include <QRunnable>
struct work : QRunnable { void run() override { QThread::msleep(5); } };
struct own : QThread { void run() override { msleep(5); } };
int main(int argc, char **argv)
{
	QCoreApplication app(argc, argv);
	for (int i = 0; i < 4; i++)
		QThreadPool::globalInstance()->start(new work);
	own t;
	t.start();
	t.wait();
	QThreadPool::globalInstance()->waitForDone();
}
"""
    Seen([built(folder, text, *packages("Qt5Core"), compiler="g++", flags=["-fPIC"])]).check(
        {r"Thread \(pooled\)": "qt-pool", ".*": "qt-thread"}, ["qt-pool", "qt-thread"])


def rocksdb(folder):
    text = """#include <rocksdb/db.h>
int main(int, char **argv)
{
	rocksdb::Options o;
	rocksdb::DB *db = nullptr;
	o.create_if_missing = true;
	o.max_background_jobs = 4;
	for (int i = 0; i < 2; i++) {
		if (!rocksdb::DB::Open(o, argv[1], &db).ok())
			return 1;
		for (int k = 0; k < 3; k++) {
			db->Put(rocksdb::WriteOptions(), std::to_string(k), "v");
			db->Flush(rocksdb::FlushOptions());
		}
		delete db;
	}
}
"""
    Seen([built(folder, text, "-lrocksdb", compiler="g++", flags=["-std=c++17"]), f"{folder}/db"]).check(
        {"rocksdb:.*": "rocksdb-background", ".*": ("rocksdb-opener", "rocksdb-timer")}, ["rocksdb-background"])


def librdkafka(folder):
    text = """#include <librdkafka/rdkafka.h>
#include <unistd.h>
int main(void)
{
	char err[512];
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	rd_kafka_conf_set(c, "bootstrap.servers", "127.0.0.1:1", err, sizeof(err));
	rd_kafka_conf_set(c, "log_level", "0", err, sizeof(err));
	rd_kafka_t *k = rd_kafka_new(RD_KAFKA_PRODUCER, c, err, sizeof(err));
	rd_kafka_poll(k, 50);
	rd_kafka_destroy(k);
	return 0;
}
"""
    Seen([built(folder, text, "-lrdkafka")]).check({"rdk:main": "rdkafka-main", "rdk:broker.*": "rdkafka-broker"},
        ["rdkafka-main", "rdkafka-broker"])


def zeromq(folder):
    text = """#include <zmq.h>
int main(void)
{
	void *c = zmq_ctx_new(), *s = zmq_socket(c, ZMQ_REP);
	zmq_close(s);
	return zmq_ctx_term(c);
}
"""
    Seen([built(folder, text, "-lzmq")]).check({"ZMQbg/Reaper": "zeromq-reaper", "ZMQbg/IO/.*": "zeromq-io"},
        ["zeromq-reaper", "zeromq-io"])


def jemalloc(_):
    library = need_file("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")
    env = {"LD_PRELOAD": library, "MALLOC_CONF": "background_thread:true"}
    Seen(["/bin/sleep", "0.5"], env=env).check( # long enough for the thread to name itself
        {"jemalloc_bg_thd": "jemalloc-background"}, ["jemalloc-background"])


def io_uring(folder):
    text = """#include <liburing.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct io_uring r, polled;
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 60000 };
	char b[64];
	int fd[2];
	if (io_uring_queue_init(8, &r, 0) || io_uring_queue_init_params(8, &polled, &p) || pipe(fd))
		return 77;
	struct io_uring_sqe *s = io_uring_get_sqe(&r);
	io_uring_prep_read(s, fd[0], b, sizeof(b), 0);
	s->flags |= IOSQE_ASYNC; /* it waits in a thread of its own */
	io_uring_submit(&r);
	puts("ready");
	fflush(stdout);
	return argc > 1 ? 0 : (int)read(0, b, 1);
}
"""
    program = built(folder, text, "-luring")
    if run([program, "done"], 20).code == 77:
        skip("this kernel lets nobody have io_uring")
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        try:
            p.stdout.readline()
            ran = run([THRTRACE, "--snapshot", str(p.pid), "--interval=1ms", "--format=json", "--all"], 60)
        finally:
            p.kill()
    rows = [json.loads(line) for line in ran.out.splitlines()]
    threads = [r for r in rows if r["event"] == "census_thread" and r["tid"] != p.pid]
    roles = sorted((r["name"].rsplit("-", 1)[0], r["role"]) for r in threads)
    if roles != [("iou-sqp", "io_uring poller (Linux)"), ("iou-wrk", "io_uring worker (Linux)")]:
        raise Failure(f"{roles}\n{ran.err}")
    print(f"{roles}")


def gstreamer(_):
    Seen([need("gst-launch-1.0"), "-q", "audiotestsrc", "num-buffers=20", "!", "queue", "!", "fakesink"], ["-f"]).check(
        {"gmain": "glib-main", "pool-spawner": "glib-pool-spawner", "pool.*": "glib-pool", ".*:.*": "gstreamer-task"},
        ["gstreamer-task"])


# ---- servers ----

def redis(folder):
    socket, server = f"{folder}/s", need("redis-server")
    cli = need("redis-cli")

    def end():
        wait_until("redis listens", lambda: run([cli, "-s", socket, "ping"], 10).out.strip() == "PONG", 60)
        run([cli, "-s", socket, "shutdown", "nosave"], 20)
    table = {"bio_close_file": "redis-close", "bio_aof.*": "redis-fsync", "bio_lazy_free": "redis-free",
             r"io_thd_\d+": "redis-io", "jemalloc_bg_thd": "jemalloc-background"}
    Seen([server, "--port", "0", "--unixsocket", socket, "--dir", folder, "--io-threads", "3"], meanwhile=end).check(
        table, ["redis-close", "redis-fsync", "redis-free", "redis-io"])


def nginx(folder):
    server = need("nginx", "/usr/sbin/nginx")
    write(folder, "conf", f"""daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;
thread_pool default threads=3;
events {{ worker_connections 16; }}
http {{ access_log off; server {{ listen unix:{folder}/s; aio threads; sendfile on; }}
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; }}
""")

    def end():
        wait_until("nginx listens", lambda: os.path.exists(f"{folder}/s") and os.path.exists(f"{folder}/pid"), 60)
        time.sleep(0.5)
        with open(f"{folder}/pid", encoding="ascii") as f:
            os.kill(int(f.read()), 15)
    Seen([server, "-c", f"{folder}/conf", "-e", f"{folder}/log"], ["-f"], meanwhile=end).check(
        {".*": "nginx-pool"}, ["nginx-pool"])


# No thread has a name there: each kind is told by who made it, and is made once or more.
KINDS = ["timer", "manager", "pool", "engine", "replica", "connection", "server"]


def mariadb(folder):
    server, admin = need("mariadbd", "/usr/sbin/mariadbd"), need("mariadb-admin")
    data = f"{folder}/data"
    build(need("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
        "--skip-test-db", "--user=root")

    def end():
        wait_until("mariadb listens", lambda: run([admin, f"--socket={folder}/s", "-uroot", "ping"], 10).code == 0, 90)
        run([admin, f"--socket={folder}/s", "-uroot", "shutdown"], 60)
    kinds = [f"mariadb-{kind}" for kind in KINDS]
    options = ["--no-defaults", f"--datadir={data}", f"--socket={folder}/s", "--skip-networking", "--user=root"]
    Seen([server, *options], meanwhile=end).check({".*": (*kinds, "mariadb-aio")}, kinds)


# Firefox has many threads that are made for one purpose once: nothing is said of those.
FIREFOX = {
    r"Backgro~Pool #\d+|BgIOThr~Pool #\d+": "firefox-pool", r"TaskCon~ller #\d+": "firefox-task",
    r"WRWorker(LP)?#\d+": "firefox-webrender", "Renderer": "firefox-renderer", "Compositor": "firefox-compositor",
    r"ImageIO|ImgDecoder #\d+": "firefox-image", "HTML5 Parser": "firefox-html", "DOM Worker": "firefox-worker",
    "JS Watchdog": "firefox-watchdog", "ProcessHangMon": "firefox-hang-monitor",
    "IPC I/O (Parent|Child)": "firefox-ipc",
    "Socket Thread": "firefox-socket", r"DNS Resolver #\d+": "firefox-dns", r"StreamTrans #\d+": "firefox-stream",
    "Cache2 I/O": "firefox-cache", "sqldb:.*": "firefox-database", "Timer": "firefox-timer",
    r"FSBroker\d+": "firefox-broker",
}


def firefox(folder):
    argv = [need("firefox-esr", "firefox"), "--headless", "--no-remote", "--profile", folder, "--screenshot",
            f"{folder}/shot.png", "data:text/html,hello"]
    Seen(argv, ["--light", "-f"], env={"HOME": folder}).check(
        FIREFOX, ["firefox-ipc", "firefox-socket", "firefox-timer", "firefox-html"], percent=30)


CASES = [libgomp, libomp, openblas, tbb, glib, qt, rocksdb, librdkafka, zeromq, jemalloc, io_uring, gstreamer, redis,
         nginx, mariadb, firefox]

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        run_case(CASES, 3)
        sys.exit(0)
    sys.exit(in_own_folder(next(case for case in CASES if case.__name__ == sys.argv[3])))

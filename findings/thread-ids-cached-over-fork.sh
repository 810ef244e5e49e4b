#!/bin/sh
# SPDX-License-Identifier: MIT
# In a forked child CPython 3.11 and Ruby 3.1 give a thread's native id as it was in the parent: another process's tid.
#
# Run:    CPython 3.11.2 (Debian python3.11-minimal and libpython3.11-minimal 3.11.2-6+deb12u9) and Ruby 3.1.2 (ruby3.1 and
#         libruby3.1 3.1.7+really3.1.2-0+deb12u1), Linux 6.18.44 x86-64, glibc 2.36.
# Guess:  Thread.native_id and Thread#native_thread_id are the tid as gettid() has it, in a child of fork too: both runtimes
#         mend their thread objects after a fork.
# Is:     Both remember the number from the thread's start, and forget to ask again in the child. So the child names the
#         thread of the parent that forked, which goes on living: whoever sets its priority, or looks it up in
#         /proc, or writes it into a log by that number, hits the parent. (CPython 3.14.10 asks again.)
# Seen:
#   python, main forks: the parent's tid
#   python, get_native_id() there: the child's tid
#   ruby, main forks: the parent's tid
#   ruby, a thread forks: the tid of the thread that forked
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -qq download python3.11-minimal=3.11.2-6+deb12u9 libpython3.11-minimal=3.11.2-6+deb12u9 \
	ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 >/dev/null 2>&1 &&
	for deb in ./*.deb; do dpkg -x "$deb" root || exit 1; done) ||
	{ echo "skipped: a package is not to be had"; exit 77; }

cat >"$dir/t.py" <<'P'
import os
import threading

parent = os.getpid()
if os.fork() == 0:
    def whose(tid):
        return "the parent's tid" if tid == parent else "the child's tid" if tid == os.getpid() else "neither's"
    print("python, main forks:", whose(threading.main_thread().native_id))
    print("python, get_native_id() there:", whose(threading.get_native_id()), flush=True)
    os._exit(0)
os.wait()
P
cat >"$dir/t.rb" <<'R'
parent = Process.pid
fork do
  tid = Thread.current.native_thread_id
  puts "ruby, main forks: " + (tid == parent ? "the parent's tid" : tid == Process.pid ? "the child's tid" : "neither's")
end
Process.wait
Thread.new do
  before = Thread.current.native_thread_id
  fork do
    tid = Thread.current.native_thread_id
    puts "ruby, a thread forks: " +
      (tid == before ? "the tid of the thread that forked" : tid == Process.pid ? "the child's tid" : "neither's")
  end
  Process.wait
end.join
R
lib=$dir/root/usr/lib
{
	"$dir/root/usr/bin/python3.11" -S -E "$dir/t.py" &&
		LD_LIBRARY_PATH=$lib/x86_64-linux-gnu RUBYLIB=$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0 \
			"$dir/root/usr/bin/ruby3.1" --disable-gems "$dir/t.rb"
} >"$dir/out" || { echo "skipped: a library that they need is missing"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
python, main forks: the parent's tid
python, get_native_id() there: the child's tid
ruby, main forks: the parent's tid
ruby, a thread forks: the tid of the thread that forked
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

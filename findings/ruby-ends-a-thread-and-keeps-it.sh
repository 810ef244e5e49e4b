#!/bin/sh
# SPDX-License-Identifier: MIT
# A Ruby Thread that has ended and was joined leaves its kernel thread alive, and the next Thread.new takes that one.
#
# Run:    Ruby 3.1.2 (Debian ruby3.1 and libruby3.1 3.1.7+really3.1.2-0+deb12u1), Linux 6.18.44 x86-64.
# Guess:  Ruby's threads are the kernel's, one for one: Thread.new makes one by pthread_create, its block's end ends it, and
#         after Thread#join the process has it no more. Twenty threads, one after the other, are twenty births.
# Is:     A kernel thread whose block is over waits some seconds for another block. Twenty threads, one after the other, are
#         one or two kernel threads; twenty at once stay when all are joined, and are gone some seconds later.
#         So native_thread_id is no name of a Thread: another has the same, without that number being free between.
# Seen:
#   20 threads one after the other had fewer than 5 tids: true
#   20 threads at once had 20 tids: true; joined, there are more than 10 of them still: true; 8 s later: false
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
version=3.1.7+really3.1.2-0+deb12u1
(cd "$dir" && apt-get -qq download ruby3.1=$version libruby3.1=$version >/dev/null 2>&1) ||
	{ echo "skipped: ruby3.1 $version is not to be had"; exit 77; }
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(dirname "$(find "$dir/root" -name libruby-3.1.so.3.1)")
cat >"$dir/t.rb" <<'R'
def tid = Thread.current.native_thread_id
def live = Dir.children("/proc/self/task").size - 1

one = 20.times.map { Thread.new { tid }.value }
puts "20 threads one after the other had fewer than 5 tids: #{one.uniq.size < 5}"
all = Queue.new
go = Queue.new
threads = 20.times.map { Thread.new { all << tid; go.pop } }
tids = 20.times.map { all.pop }
20.times { go << 1 }
threads.each(&:join)
sleep 0.2
print "20 threads at once had 20 tids: #{tids.uniq.size == 20}; joined, there are more than 10 of them still: #{live > 10}; "
sleep 8
puts "8 s later: #{live > 10}"
R
LD_LIBRARY_PATH=$libraries RUBYLIB=$dir/root/usr/lib/ruby/3.1.0:$libraries/ruby/3.1.0 \
	"$dir/root/usr/bin/ruby3.1" --disable=gems "$dir/t.rb" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
20 threads one after the other had fewer than 5 tids: true
20 threads at once had 20 tids: true; joined, there are more than 10 of them still: true; 8 s later: false
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

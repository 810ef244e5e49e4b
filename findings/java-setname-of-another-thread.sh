#!/bin/sh
# SPDX-License-Identifier: MIT
# Thread.setName called by another thread renames a Java thread in Java alone: the kernel's name stays the old one.
#
# Run:    OpenJDK 17.0.21.1 (Debian openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1, a program of this script run from its
#         source), Linux 6.18.44 x86-64.
# Guess:  setName gives the name to the kernel, too, for any thread: the thread's start did, and glibc's
#         pthread_setname_np can name other threads.
# Is:     HotSpot passes the name on only when the thread names itself. After a setName by another (as pools that name
#         their workers do) getName says the new name, while /proc/PID/task/TID/comm, and so what reads
#         it, goes on with the old. The next setName by the thread itself puts both right.
# Seen:
#   started: comm first, getName first
#   named by another: comm first, getName byOther
#   named by itself: comm bySelf, getName bySelf
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -qq download openjdk-17-jre-headless=17.0.21.1+2-1~deb12u1 >/dev/null 2>&1 && dpkg -x ./*.deb root) ||
	{ echo "skipped: openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1 is not to be had"; exit 77; }
# The package's links into /etc lead to its own files.
find "$dir/root/usr/lib/jvm" -type l -lname '/etc/*' | while read -r link; do
	ln -sf "$dir/root$(readlink "$link")" "$link"
done

cat >"$dir/Named.java" <<'J'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.SynchronousQueue;

public class Named {
	static final SynchronousQueue<Path> at = new SynchronousQueue<>();
	static final SynchronousQueue<String> go = new SynchronousQueue<>();

	static void run() {
		try {
			at.put(Path.of("/proc/thread-self").toRealPath());
			Thread.currentThread().setName(go.take());
			at.put(Path.of("/proc/thread-self").toRealPath());
			go.take();
		} catch (Exception e) {
			throw new RuntimeException(e);
		}
	}

	static void say(String when, Path task, Thread t) throws Exception {
		System.out.println(when + ": comm " + Files.readString(task.resolve("comm")).trim() + ", getName " + t.getName());
	}

	public static void main(String[] args) throws Exception {
		Thread t = new Thread(Named::run, "first");
		t.start();
		Path task = at.take();
		say("started", task, t);
		t.setName("byOther");
		say("named by another", task, t);
		go.put("bySelf");
		at.take();
		say("named by itself", task, t);
		go.put("end");
		t.join();
	}
}
J
"$dir/root/usr/lib/jvm/java-17-openjdk-amd64/bin/java" -XX:+UseSerialGC "$dir/Named.java" >"$dir/out" ||
	{ echo "skipped: this Java doesn't run here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
started: comm first, getName first
named by another: comm first, getName byOther
named by itself: comm bySelf, getName bySelf
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

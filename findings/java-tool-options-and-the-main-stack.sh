#!/bin/sh
# SPDX-License-Identifier: MIT
# -Xss in JAVA_TOOL_OPTIONS sets the stack of every Java thread but the one that runs main().
#
# Run:    OpenJDK 17.0.21.1 (Debian openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1, a program of this script run from its
#         source), Linux 6.18.44 x86-64.
# Guess:  The variable stands for options of the command line ("Picked up JAVA_TOOL_OPTIONS: -Xss16m"), so main() has 16 MiB,
#         as all threads.
# Is:     main() runs on a thread that the launcher makes, and the launcher must know its stack's size before there is a JVM
#         that reads JAVA_TOOL_OPTIONS. It looks only at its own command line and JDK_JAVA_OPTIONS: main keeps the
#         default of 1 MiB, new threads get 16. A recursion that is to be helped by the variable, the way of
#         containers, still overflows in main, though the JVM says that it picked the option up.
# Seen (a recursion to the StackOverflowError; deep: more than three times the depth without any option):
#   -Xss16m: main deep, thread deep
#   JAVA_TOOL_OPTIONS=-Xss16m: main shallow, thread deep
#   JDK_JAVA_OPTIONS=-Xss16m: main deep, thread deep
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -qq download openjdk-17-jre-headless=17.0.21.1+2-1~deb12u1 >/dev/null 2>&1 && dpkg -x ./*.deb root) ||
	{ echo "skipped: openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1 is not to be had"; exit 77; }
# The package's links into /etc lead to its own files.
find "$dir/root/usr/lib/jvm" -type l -lname '/etc/*' | while read -r link; do
	ln -sf "$dir/root$(readlink "$link")" "$link"
done

cat >"$dir/Depth.java" <<'J'
public class Depth {
	static int depth;

	static void down() {
		depth++;
		down();
	}

	static int reach() {
		depth = 0;
		try {
			down();
		} catch (StackOverflowError e) {
			return depth;
		}
		return depth;
	}

	public static void main(String[] args) throws Exception {
		int main = reach();
		Thread t = new Thread(() -> System.out.println(main + " " + reach()));
		t.start();
		t.join();
	}
}
J
# -Xint: a compiled frame is smaller, and when it is compiled differs from run to run.
java() { "$dir/root/usr/lib/jvm/java-17-openjdk-amd64/bin/java" -Xint -XX:+UseSerialGC "$@" "$dir/Depth.java" 2>/dev/null; }
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
plain=$(java) || { echo "skipped: this Java doesn't run here"; exit 77; }
plain=${plain% *}
word() { if [ "$1" -gt $((3 * plain)) ]; then echo deep; else echo shallow; fi; }
words() { echo "main $(word "$1"), thread $(word "$2")"; }
{
	# shellcheck disable=SC2046 # two numbers
	echo "-Xss16m: $(words $(java -Xss16m))"
	# shellcheck disable=SC2046
	echo "JAVA_TOOL_OPTIONS=-Xss16m: $(export JAVA_TOOL_OPTIONS=-Xss16m; words $(java))"
	# shellcheck disable=SC2046
	echo "JDK_JAVA_OPTIONS=-Xss16m: $(export JDK_JAVA_OPTIONS=-Xss16m; words $(java))"
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
-Xss16m: main deep, thread deep
JAVA_TOOL_OPTIONS=-Xss16m: main shallow, thread deep
JDK_JAVA_OPTIONS=-Xss16m: main deep, thread deep
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1

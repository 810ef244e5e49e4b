#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs live tests on a Debian kernel of a machine, under qemu. README.md here has what it needs and what it leaves behind.
set -eu

usage() {
	cat >&2 <<-END
		usage: run.sh x86_64|aarch64|riscv64 [SUITE[/PACKAGE]] [--cache=DIR] [--build=DIR] [--tests=REGEX] [--run=COMMAND]
		  SUITE/PACKAGE   the kernel: bookworm, sid, trixie/linux-image-arm64-16k, ...; else this system's suite
		  --cache=DIR     keeps what is fetched and built; else it is made anew each time
		  --build=DIR     of this machine: where thrtrace is built already; else build/release
		  --tests=REGEX   only those of tests.list whose names match
		  --run=COMMAND   this, instead of tests
		  --deb=DIR       makes the Debian package of that machine there, and installs it in the guest and traces with it
	END
	exit 2
}

skip() {
	echo "skipped: $*"
	exit 77
}

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
arch='' kernel='' cache='' build=$source/build/release tests=. command='' packages=''
for word in "$@"; do
	case $word in
	--cache=*) cache=${word#*=} ;;
	--build=*) build=${word#*=} ;;
	--tests=*) tests=${word#*=} ;;
	--run=*) command=${word#*=} ;;
	--deb=*) packages=${word#*=} ;;
	-*) usage ;;
	*) if [ -z "$arch" ]; then arch=$word; else kernel=$word; fi ;;
	esac
done
case $arch in
x86_64) deb=amd64 qemu=qemu-system-x86_64 ;;
aarch64) deb=arm64 qemu=qemu-system-aarch64 ;;
riscv64) deb=riscv64 qemu=qemu-system-riscv64 ;;
*) usage ;;
esac

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# shellcheck source=/dev/null
suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-}") || skip "this is no Debian"
# What the guest's root is made of: the first Debian with that machine, if this is an older one.
case $arch:$suite in
riscv64:bullseye | riscv64:bookworm) rooted=trixie ;;
*) rooted=$suite ;;
esac
kernel=${kernel:-$rooted}
for tool in "$qemu" apt-get dpkg-deb cmake ctest ninja python3; do
	command -v "$tool" >/dev/null || skip "$tool is missing"
done
[ -r "$keyring" ] || skip "$keyring is missing"
[ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -ge 2000000 ] || skip "2 GB of memory are not free for a guest"

if [ -z "$cache" ]; then
	cache=$(mktemp -d "${TMPDIR:-/tmp}/thrtrace-machine.XXXXXX")
	trap 'rm -rf "$cache"' EXIT
fi
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
# One at a time: they share the cache, and a guest takes two processors.
exec 9>"$cache/lock"
command -v flock >/dev/null && flock 9

# The archive that this system has its packages from.
# shellcheck disable=SC2016 # apt's own names
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v -- -security | head -n 1)

# apt SUITE TOOL ARGUMENT...: apt-get or apt-cache of that suite and machine, with a state of its own.
apt() {
	apt_suite=$1 tool=$2
	shift 2
	state=$cache/apt/$apt_suite-$apt_arch
	if [ ! -e "$state/sources" ]; then
		[ -n "$archive" ] || skip "apt has no archive of Debian's"
		mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
		: >"$state/status"
		echo "deb [signed-by=$keyring] $archive $apt_suite main" >"$state/new"
		apt_raw "$state/new" apt-get -qq update || skip "the packages of $apt_suite can't be had"
		mv "$state/new" "$state/sources"
	fi
	apt_raw "$state/sources" "$tool" "$@"
}

apt_raw() {
	list=$1 tool=$2
	shift 2
	# Who can't be reached is not waited for: then there is a reason to skip.
	timeout 600 "$tool" -o Acquire::http::Timeout=20 -o Acquire::Retries=1 -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state/cache" -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=/dev/null \
		-o APT::Architecture="$apt_arch" -o APT::Architectures="$apt_arch" -o APT::Sandbox::User=root \
		-o Acquire::Check-Valid-Until=false -o Debug::NoLocking=true "$@"
}

# unpack SUITE DIR ARCH PACKAGE...: these and what they depend on, unpacked (not installed: nothing of them is run) into DIR.
unpack() {
	from=$1 into=$2 apt_arch=$3
	shift 3
	[ ! -e "$into/done" ] || return 0
	rm -rf "$into"
	mkdir -p "$into/usr/bin" "$into/usr/sbin" "$into/usr/lib"
	ln -s usr/bin usr/sbin usr/lib "$into/"
	[ "$apt_arch" != amd64 ] || { mkdir "$into/usr/lib64" && ln -s usr/lib64 "$into/"; }
	apt "$from" apt-get -qq -y --no-install-recommends --download-only install "$@" >"$into/log" 2>&1 ||
		{ tail -n 3 "$into/log"; skip "packages can't be had: $*"; }
	for package in "$state"/cache/archives/*.deb; do
		# Through tar, which leaves /bin and its like the links that they are.
		dpkg-deb --fsys-tarfile "$package" | tar -x --no-same-owner --keep-directory-symlink -C "$into"
		# Which package a library is of, and from which version on.
		dpkg-deb --ctrl-tarfile "$package" | tar -x -O ./shlibs >>"$into/shlibs" 2>/dev/null || true
		rm "$package"
	done
	touch "$into/done"
}

# kernel_image SUITE PACKAGE: its name; a package without one depends on what has it.
kernel_image() {
	place=$cache/kernel/$1-$2
	if [ ! -e "$place/image" ]; then
		mkdir -p "$place"
		apt_arch=$deb
		package=$2
		while :; do
			(cd "$place" && apt "$1" apt-get -qq download "$package" >log 2>&1) ||
				{ tail -n 3 "$place/log"; skip "there is no kernel package $package in $1"; }
			boot=$(dpkg-deb --fsys-tarfile "$place"/*.deb | tar -t | grep '/vmlinuz[^/]*$' || true)
			[ -z "$boot" ] || break
			rm "$place"/*.deb
			package=$(apt "$1" apt-cache depends "$package" | sed -n 's/^ *Depends: \(linux-\(image\|binary\)-.*\)/\1/p' | head -n 1)
			[ -n "$package" ] || skip "no kernel is in $2 of $1, nor in what it depends on"
		done
		dpkg-deb --fsys-tarfile "$place"/*.deb | tar -x -O "$boot" >"$place/new"
		rm "$place"/*.deb
		mv "$place/new" "$place/image"
	fi
	echo "$place/image"
}

# ---- thrtrace for that machine ----
native=$([ "$(uname -m)" = "$arch" ] && echo yes || echo no)
root=$cache/root/$rooted-$deb
# What the tests run in the guest; libraries of thrtrace's that are linked as such are what -dev depends on.
guest='base-files base-passwd bash coreutils dash diffutils findutils gawk grep hostname iproute2 libc-bin mount passwd procps python3 sed strace util-linux'
# shellcheck disable=SC2046,SC2086 # lists of words
unpack "$rooted" "$root" "$deb" $guest $(sed -n -e 's/^\(.*-dev\)$/\1/p' "$source/.ci/packages" | grep -v rt-dev)
# What their installation would have written.
mkdir -p "$root/etc"
[ -e "$root/etc/passwd" ] || cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
[ -e "$root/etc/group" ] || cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
[ -e "$root/usr/bin/awk" ] || ln -s gawk "$root/usr/bin/awk"

if [ "$native" = no ]; then
	build=$cache/build/$arch
	tools=$cache/tools/$suite-$arch
	unpack "$suite" "$tools" "$(dpkg --print-architecture)" "gcc-$arch-linux-gnu" "g++-$arch-linux-gnu"
	# A program of that machine that uses no ptrace can be run by this one: filters and completions are made as there.
	emulator=$cache/tools/$suite-user
	unpack "$suite" "$emulator" "$(dpkg --print-architecture)" qemu-user-static
	emulator="-DCMAKE_CROSSCOMPILING_EMULATOR=$emulator/usr/bin/qemu-$arch-static;-L;$root"
	# Libraries of the compiler's that this system has not: as it is not installed, it finds none of its own.
	mkdir -p "$build" "$tools/own"
	for library in "$tools/usr/lib/$(uname -m)-linux-gnu"/*.so*; do
		[ -e "/usr/lib/$(uname -m)-linux-gnu/${library##*/}" ] || ln -sf "$library" "$tools/own/"
	done
	export LD_LIBRARY_PATH="$tools/own"
	# The text that says where libc is, by where it would have been installed.
	sed -i "s|/usr/$arch-linux-gnu/lib/||g" "$tools/usr/$arch-linux-gnu/lib/libc.so"
	sed -e "s|@TOOLS@|$tools|g" -e "s|@ROOT@|$root|g" -e "s|@ARCH@|$arch|g" "$here/cross.cmake.in" >"$build/cross.cmake"
	cmake -S "$source" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$build/cross.cmake" -DCMAKE_BUILD_TYPE=Release \
		-DTHRTRACE_STATIC=auto "$emulator" >"$build/log" || { tail -n 20 "$build/log"; exit 1; }
	# Not the unit tests: they are of no use there.
	cmake --build "$build" --target thrtrace thr tests/tracees/all tests/live/all tests/bench/all -- -k 0 >"$build/log" || { tail -n 40 "$build/log"; }
	if [ -n "$packages" ]; then
		package=$cache/build/$arch-package
		if ! { cmake -S "$source" -B "$package" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$build/cross.cmake" -DCMAKE_BUILD_TYPE=Release \
			-DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF -DTHRTRACE_STATIC=off "$emulator" && cmake --build "$package"; } \
			>"$package.log"; then
			tail -n 20 "$package.log"
			exit 1
		fi
		# dpkg-shlibdeps asks what is installed on this machine.
		needs=$("$tools/usr/bin/$arch-linux-gnu-readelf" -d "$package/thrtrace" |
			sed -n 's/.*(NEEDED).*\[\(.*\)\.so\.\(.*\)\]/\1 \2/p' | while read -r library; do
				sed -n "s/^$library //p" "$root/shlibs" | head -n 1
			done | sort -u | paste -sd , | sed 's/,/, /g')
		mkdir -p "$packages"
		packages=$(cd "$packages" && pwd)
		(cd "$package" && cpack -G DEB -B "$packages" -D CPACK_DEBIAN_PACKAGE_ARCHITECTURE="$deb" \
			-D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF -D CPACK_DEBIAN_PACKAGE_DEPENDS="$needs" >"$package.log") ||
			{ tail -n 20 "$package.log"; exit 1; }
		rm -rf "$packages/_CPack_Packages"
		cp "$packages"/thrtrace_*_"$deb".deb "$build/tests/live/thrtrace.deb"
		command="sh $here/installed.sh tests/live/thrtrace.deb ./thr"
	fi
	unset LD_LIBRARY_PATH
fi
[ -x "$build/thrtrace" ] || skip "thrtrace is not built in $build"

# ---- the guest ----
case $kernel in
*/*) image=$(kernel_image "${kernel%%/*}" "${kernel#*/}") ;;
*) image=$(kernel_image "$kernel" "linux-image-$deb") ;;
esac || { echo "$image"; exit 77; }

guest=$cache/guest
rm -rf "$guest"
mkdir "$guest"
ctest --test-dir "$build" --show-only=json-v1 >"$guest/tests.json"
[ -n "$command" ] || command="python3 $here/guest.py /guest-tests.json $here/tests.list $arch '$tests'"
python3 "$here/pack.py" "$root" "$build" "$source" "$guest/tests.json" "cd $build && $command" >"$guest/initrd"
case $arch in
x86_64) set -- -cpu max -append "console=ttyS0 panic=-1 quiet rdinit=/init" ;;
riscv64) set -- -M virt -cpu max -append "console=ttyS0 panic=-1 quiet rdinit=/init" ;;
aarch64) set -- -M virt -cpu max,pauth-impdef=on,sve=off -append "console=ttyAMA0 panic=-1 quiet rdinit=/init" ;;
esac
timeout 6600 "$qemu" -accel tcg -m 1536 -smp 2 -nographic -no-reboot -net none -kernel "$image" -initrd "$guest/initrd" "$@" \
	</dev/null | tee "$guest/console" || true
sed -n 's/^machine: exit status \([0-9]*\).*$/\1/p' "$guest/console" >"$guest/status"
[ -s "$guest/status" ] || { echo "the guest has not come to its end"; exit 1; }
exit "$(cat "$guest/status")"

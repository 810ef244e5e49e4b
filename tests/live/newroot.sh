#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a small root with a newer C library than the system's, for the live tests of glibc >= 2.42:
#
#   tests/live/newroot.sh DIR [SUITE]     (default suite: sid)
#   THRTRACE_NEW_ROOT=DIR ctest --preset release -R live_newroot
#
# Only libc6 is fetched, by apt-get, from the archive that this system uses already, and unpacked with dpkg-deb:
# nothing is installed and no root privilege is needed. Exit status 77 when the archive can't be reached.
set -eu

dir=${1:?usage: newroot.sh DIR [SUITE]}
suite=${2:-sid}

skip()
{
	echo "newroot.sh: $*" >&2
	exit 77
}

command -v apt-get >/dev/null || skip "apt-get is missing: this is no Debian"
# shellcheck disable=SC2016 # apt's variable
uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
[ -n "$uri" ] || skip "apt has no package archive"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$dir/.apt
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/etc/preferences.d"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $uri $suite main" >"$work/etc/sources.list"
: >"$work/state/status"

apt()
{
	timeout 120 apt-get -qq -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" \
		-o Dir::Cache="$work/cache" -o Dir::Etc::sourcelist="$work/etc/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts="$work/etc/preferences.d" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

apt update || skip "the archive of $suite can't be reached"
(cd "$work" && apt download libc6) || skip "libc6 of $suite can't be fetched"
for deb in "$work"/libc6_*.deb; do
	dpkg-deb -x "$deb" "$dir"
	dpkg-deb -f "$deb" Version
done
rm -rf "$work"

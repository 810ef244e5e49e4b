#!/bin/sh
# SPDX-License-Identifier: MIT
# installed.sh PACKAGE PROGRAM: in a guest, installs thrtrace's package, traces PROGRAM with it, and removes it again. The
# guest's own packages are unpacked, and dpkg knows nothing of them: that each of those it depends on is there is seen by
# its running.
set -eu
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers
: >>/var/lib/dpkg/status
echo "depends on $(dpkg-deb -f "$1" Depends)"
dpkg --force-depends --no-triggers -i "$1"
thrtrace --version
thrtrace --fail-on=error -o /tmp/thr.txt "$2"
cat /tmp/thr.txt
grep -q '^== T1 .* has ended' /tmp/thr.txt
bash -n /usr/share/bash-completion/completions/thrtrace
test -s /usr/share/man/man1/thrtrace.1.gz
dpkg -P thrtrace
left=$(find /usr /etc /var -name '*thrtrace*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }

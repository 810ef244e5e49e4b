#!/bin/sh
# SPDX-License-Identifier: MIT
# The first program of a guest. It mounts what a program expects, hands over to guest.py, and ends the machine.
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
ln -s /proc/self/fd /dev/fd # what udev makes elsewhere
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tracefs tracing /sys/kernel/tracing
mount -t cgroup2 cgroup /sys/fs/cgroup
echo 2 >/proc/sys/kernel/perf_event_paranoid # as kernels have it that are not Debian's
echo 16384 >/proc/sys/vm/max_map_count # the tests that go up to it make a traced call for each: minutes, with 65530
echo '+pids +cpuset' >/sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
# A process of its own: the first one of a machine is not as others (signals, its parent).
status=0
setsid sh -c '. /guest-config' </dev/null || status=$?
echo "machine: exit status $status"
sync
echo o >/proc/sysrq-trigger
sleep 60

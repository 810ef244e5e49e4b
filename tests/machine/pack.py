#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the initramfs of a guest to standard output: a cpio archive ("newc"), which the kernel unpacks before its first program.

    pack.py ROOT BUILD SOURCE TESTS CONFIG

In it are a Debian root less what no program reads, and the build and the sources at the places that they have outside, so that
the commands of TESTS, what ctest --show-only=json-v1 says, hold inside as well. CONFIG is passed on to guest.py.
"""
import os
import re
import shutil
import stat
import sys

LEFT_OUT = re.compile(r"usr/share/(doc|man|info|locale|i18n|zoneinfo|bash-completion|perl|gcc|gdb|lintian|common-licenses)(/|$)"
                      r"|usr/(include|games)(/|$)|usr/lib/python3[^/]*/(test|ensurepip|idlelib|lib2to3|distutils|pydoc_data)(/|$)"
                      r"|usr/lib/[^/]*/(gconv|perl[^/]*)(/|$)|\.(a|o|deb|la)$|__pycache__|^(log|done)$|^(boot|var/cache)(/|$)")
SOURCES = ("tests/live", "tests/machine", "tests/golden", "tests/tracees", "man")
FOLDERS = ("dev", "proc", "sys", "tmp", "run", "root")


class Archive:
    def __init__(self, out):
        self.out, self.number, self.have = out, 0, set()

    def put(self, name, mode, data=b"", length=None):
        """data: bytes, or an open file of this length."""
        self.number += 1
        length = len(data) if length is None else length
        head = (self.number, mode, 0, 0, 1, 0, length, 0, 0, 0, 0, len(name.encode()) + 1, 0)
        self.out.write(b"070701" + b"".join(b"%08X" % n for n in head) + name.encode() + b"\0")
        self.pad(110 + len(name.encode()) + 1)
        if isinstance(data, bytes):
            self.out.write(data)
        else:
            shutil.copyfileobj(data, self.out)
        self.pad(length)
        self.have.add(name)

    def pad(self, length):
        self.out.write(b"\0" * (-length % 4))

    def folders_of(self, name):
        parts = name.split("/")[:-1]
        for i in range(1, len(parts) + 1):
            if "/".join(parts[:i]) not in self.have:
                self.put("/".join(parts[:i]), stat.S_IFDIR | 0o755)

    def copy(self, path, name):
        if name in self.have:
            return
        self.folders_of(name)
        kind = os.lstat(path)
        if stat.S_ISLNK(kind.st_mode):
            self.put(name, kind.st_mode, os.readlink(path).encode())
        elif stat.S_ISDIR(kind.st_mode):
            self.put(name, kind.st_mode)
        elif stat.S_ISREG(kind.st_mode):
            with open(path, "rb") as f:
                self.put(name, kind.st_mode, f, kind.st_size)

    def tree(self, top, wanted, at=""):
        for folder, folders, names in os.walk(top):
            below = os.path.relpath(folder, top)
            inside = [os.path.normpath(os.path.join(below, name)) for name in folders + names]
            folders[:] = [f for f in folders if wanted(os.path.normpath(os.path.join(below, f)))]
            for name in filter(wanted, inside):
                self.copy(os.path.join(top, name), os.path.join(at, name))

    def finish(self):
        self.put("TRAILER!!!", 0)


def is_program(build, name):
    """Folders to look into, and what is to be run or loaded. Unit tests are run where they are built."""
    path = os.path.join(build, name)
    if re.search(r"(^|/)(CMakeFiles|unit|fuzz|Testing|decode|tracer)(/|$)", name) and not name.startswith("tests/live/creators"):
        return False
    if os.path.isdir(path):
        return True
    with open(path, "rb") as f:
        return name.endswith(".deb") or f.read(4) == b"\x7fELF" and not name.endswith((".o", ".a"))


def main():
    root, build, source, tests, config = sys.argv[1:]
    archive = Archive(sys.stdout.buffer)
    for name in FOLDERS:
        archive.put(name, stat.S_IFDIR | (0o1777 if name == "tmp" else 0o755))
    with open(os.path.join(source, "tests/machine/init.sh"), "rb") as f:
        archive.put("init", stat.S_IFREG | 0o755, f.read())
    archive.put("guest-config", stat.S_IFREG | 0o644, config.encode())
    archive.copy(tests, "guest-tests.json")
    archive.tree(root, lambda name: not LEFT_OUT.search(name))
    archive.tree(build, lambda name: is_program(build, name), build[1:])
    for part in SOURCES:
        archive.tree(os.path.join(source, part), lambda name: "__pycache__" not in name, os.path.join(source[1:], part))
    archive.finish()


if __name__ == "__main__":
    main()

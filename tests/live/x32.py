#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An x32 program is called by its name, whether the kernel runs it or not.

    x32.py THRTRACE
"""
import os
import struct
import subprocess
import sys
import tempfile

EM_X86_64 = 62
# mov $0x4000003c,%eax (exit, as an x32 call); mov $7,%edi; syscall
CODE = b"\xb8\x3c\x00\x00\x40\xbf\x07\x00\x00\x00\x0f\x05"


def main():
    base, at = 0x400000, 52 + 32
    header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, EM_X86_64, 1, base + at, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    segment = struct.pack("<IIIIIIII", 1, 0, base, base, at + len(CODE), at + len(CODE), 5, 4096)
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "x32")
        with open(path, "wb") as f:
            f.write(header + segment + CODE)
        os.chmod(path, 0o755)
        run = subprocess.run([sys.argv[1], path], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    if "is an x32 program" not in run.stderr or run.returncode not in (7, 126):
        print(f"status {run.returncode}\n{run.stderr}")
        return 1
    return 0


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        print("skipped: x32 is x86-64's")
        sys.exit(77)
    sys.exit(main())

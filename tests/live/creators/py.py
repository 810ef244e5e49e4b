# SPDX-License-Identifier: MIT
import threading


def run_one(n):
    return n


def make_one(n):
    t = threading.Thread(target=run_one, args=(n,))
    t.start()
    t.join()


make_one(42)
make_one(43)

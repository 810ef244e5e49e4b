// SPDX-License-Identifier: MIT
// make_one() creates a thread that runs run_one() in a closure, long enough for who looks on without stopping it.
use std::hint::black_box;
use std::thread;
use std::time::Duration;

#[inline(never)]
fn run_one(n: u64) -> u64 {
    thread::sleep(Duration::from_millis(20));
    black_box(n + 1)
}

#[inline(never)]
fn make_one(n: u64) -> u64 {
    thread::spawn(move || run_one(n)).join().unwrap()
}

fn main() {
    black_box(make_one(42) + make_one(43));
}

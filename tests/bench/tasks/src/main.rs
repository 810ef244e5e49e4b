// SPDX-License-Identifier: MIT

//! tasks make|switch: what a task of tokio costs, as a line for --cost-with. make: one is spawned, ends, and is awaited.
//! switch: two on one thread let each other go on in turn.

use std::time::Instant;

const BATCH: u32 = 100;
const SAMPLES: usize = 2000;

fn tell(name: &str, mut ns: Vec<f64>) {
    ns.sort_by(f64::total_cmp);
    println!(
        "{{\"name\": \"{name}\", \"n\": {}, \"min_ns\": {:.1}, \"median_ns\": {:.1}, \"p99_ns\": {:.1}}}",
        ns.len(),
        ns[0],
        ns[ns.len() / 2],
        ns[ns.len() * 99 / 100]
    );
}

fn each(begin: Instant) -> f64 {
    begin.elapsed().as_nanos() as f64 / f64::from(BATCH)
}

async fn make() -> Vec<f64> {
    let mut ns = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begin = Instant::now();
        for _ in 0..BATCH {
            tokio::spawn(async {}).await.unwrap();
        }
        ns.push(each(begin));
    }
    ns
}

async fn yields() {
    for _ in 0..BATCH / 2 {
        tokio::task::yield_now().await;
    }
}

async fn switch() -> Vec<f64> {
    let mut ns = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begin = Instant::now();
        let (a, b) = (tokio::spawn(yields()), tokio::spawn(yields()));
        a.await.unwrap();
        b.await.unwrap();
        ns.push(each(begin));
    }
    ns
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("make") => tell("a task of tokio: spawned, and awaited", runtime.block_on(make())),
        Some("switch") => tell("to another task of tokio", runtime.block_on(switch())),
        _ => {
            eprintln!("usage: tasks make|switch");
            std::process::exit(2);
        }
    }
}

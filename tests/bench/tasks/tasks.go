// SPDX-License-Identifier: MIT

// tasks make|switch: what a goroutine costs, as a line for --cost-with. make: one is started, ends, and has been waited for
// on a channel. switch: half of a round trip of two that hand a value to each other, on one thread.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"time"
)

const (
	batch   = 100
	samples = 2000
)

func makeOne(done chan int) {
	go func() { done <- 1 }()
	<-done
}

func measure(name string, operations int, once func()) {
	ns := make([]float64, samples)
	for i := range ns {
		begin := time.Now()
		for j := 0; j < batch; j++ {
			once()
		}
		ns[i] = float64(time.Since(begin).Nanoseconds()) / float64(batch*operations)
	}
	sort.Float64s(ns)
	fmt.Printf("{\"name\": %q, \"n\": %d, \"min_ns\": %.1f, \"median_ns\": %.1f, \"p99_ns\": %.1f}\n",
		name, samples, ns[0], ns[samples/2], ns[samples*99/100])
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "make" {
		done := make(chan int)
		measure("a goroutine: made, and waited for", 1, func() { makeOne(done) })
	} else if len(os.Args) == 2 && os.Args[1] == "switch" {
		runtime.GOMAXPROCS(1)
		there, back := make(chan int), make(chan int)
		go func() {
			for v := range there {
				back <- v
			}
		}()
		measure("to another goroutine, by a channel", 2, func() { there <- 1; <-back })
	} else {
		fmt.Fprintln(os.Stderr, "usage: tasks make|switch")
		os.Exit(2)
	}
}

// SPDX-License-Identifier: MIT
// makeOne starts goroutines that keep their thread, so that the runtime must make others.
package main

import "runtime"

//go:noinline
func runOne(n int, done chan int) {
	runtime.LockOSThread()
	done <- n
}

//go:noinline
func makeOne(n int) int {
	done := make(chan int)
	for i := 0; i < n; i++ {
		go runOne(i, done)
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-done
	}
	return sum
}

func main() {
	if makeOne(8) != 28 {
		panic("sum")
	}
}

// SPDX-License-Identifier: MIT

// Four goroutines that are there at once, each on a thread of its own.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	var ready, done sync.WaitGroup
	ready.Add(4)
	done.Add(4)
	for i := 0; i < 4; i++ {
		go func() {
			runtime.LockOSThread()
			ready.Done()
			ready.Wait()
			done.Done()
		}()
	}
	done.Wait()
	fmt.Println("4 threads")
}

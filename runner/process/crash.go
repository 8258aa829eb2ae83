package process

import (
	"fmt"
	"runtime/debug"
)

// Crash is a panic of a goroutine, on its way to whoever waits for the goroutine. Left alone it would end the program
// with Go's exit code 2, which says that nothing ran, and leave the step's processes to themselves.
type Crash struct {
	Value any
	Stack []byte
}

// Guard calls f and returns its panic, nil for none.
func Guard(f func()) (crash *Crash) {
	defer func() {
		if r := recover(); r != nil {
			crash = &Crash{r, debug.Stack()}
		}
	}()
	f()
	return nil
}

// Rethrow panics with the crash, if there was one.
func (c *Crash) Rethrow() {
	if c != nil {
		panic(c)
	}
}

// String has the stack of the goroutine that panicked, which is not that of the one that dies of it.
func (c *Crash) String() string { return fmt.Sprintf("%v\n%s", c.Value, c.Stack) }

package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The thread that started belay ends, and the process it is of goes on.
func TestThatAThreadEndsIsNotTheParentsDeath(t *testing.T) {
	if os.Getenv("FOLLOW_PARENT") != "" {
		follower(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "FOLLOW_PARENT=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	thread := startOnAThreadThatEnds(t, cmd, out)
	for {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread)); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the child took it for the parent's death: %v", err)
	}
}

// follower says that it follows, and looks until its input ends.
func follower(t *testing.T) {
	var gone atomic.Bool
	if err := FollowParent(func() { gone.Store(true) }); err != nil {
		t.Fatal(err)
	}
	fmt.Println("follows")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if gone.Load() {
		t.Error("the parent is gone")
	}
}

// startOnAThreadThatEnds starts a command and, once it has said something, ends the thread that did. Go never ends a
// process's first thread.
func startOnAThreadThatEnds(t *testing.T, cmd *exec.Cmd, out io.Reader) (thread int) {
	t.Helper()
	started := make(chan error)
	var start func()
	start = func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if thread = unix.Gettid(); thread == os.Getpid() {
			defer runtime.UnlockOSThread()
			go start()
			time.Sleep(10 * time.Millisecond) // it can't be given this thread
			return
		}
		err := cmd.Start()
		if err == nil {
			_, err = out.Read(make([]byte, 100))
		}
		started <- err
	}
	go start()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	return thread
}

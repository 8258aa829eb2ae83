package process

import (
	"io"
	"time"
)

// Command is one execution of a step's script.
type Command struct {
	Shell   string        // as in the steps file: empty, a name of [Shells], or a command line that contains {0}
	Script  string        // goes to a file in Temp, never onto a command line
	Dir     string        // the working directory; empty for belay's own
	Within  string        // the folder that Dir may not leave, behind no symbolic link either; empty for none
	Env     []string      // the complete environment, name=value, later ones win; on Linux Run adds BELAY_PROCESS
	Temp    string        // the folder for the script's file; empty for the system's
	Timeout time.Duration // 0 for none
	Grace   time.Duration // between SIGTERM and SIGKILL; 0 for [DefaultGrace]
	Stdout  io.Writer     // nil to drop; never written to by two goroutines at once, not even when it is Stderr too
	Stderr  io.Writer     // nil to drop
	Masks   *Masks        // nil for none; `::add-mask::` lines of the step are added to it

	// RawAddMask passes `::add-mask::` lines on as they are, for the GitHub runner to read.
	// Elsewhere the value in such a line is masked like any other.
	RawAddMask bool
}

// DefaultGrace is how long a stopped step has to clean up, and how long what a finished step left running may
// still hold its output open.
const DefaultGrace = 2 * time.Second

// Exit is how a step ended.
type Exit struct {
	Code      int    // 128+N after a signal; -1 unknown: not started, or not even SIGKILL ended it
	Signal    string // "KILL", "TERM", …, also where the shell passes on a command's death as 128+N; else empty
	TimedOut  bool   // belay stopped it: the timeout came
	Cancelled bool   // belay stopped it, or did not start it: the context ended
	Stdout    string // the last 64 KiB, masked
	Stderr    string // the last 64 KiB, masked
	Tail      string // the last 64 KiB of both in the order they came, masked
	Survivors []int  // processes that could not be ended, such as those another user owns; empty in the normal case
	Started   time.Time
	Ended     time.Time
}

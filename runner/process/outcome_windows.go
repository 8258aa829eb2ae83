package process

import "os"

// outcome returns the exit code of an ended process. Windows has no signals.
func outcome(state *os.ProcessState) (code int, signal string) { return state.ExitCode(), "" }

package runner

import "io"

// endline passes a step's output on and remembers whether its last line was ended. A CI host reads a command such as
// ::endgroup:: at the start of a line only, so what belay prints next must not be glued to what a step left open.
type endline struct {
	out  io.Writer
	open bool
}

// Write implements io.Writer.
func (e *endline) Write(p []byte) (int, error) {
	if len(p) > 0 {
		e.open = p[len(p)-1] != '\n'
	}
	return e.out.Write(p)
}

// end ends the last line, if the step did not.
func (e *endline) end() {
	if e.open {
		_, _ = e.Write([]byte("\n")) // a log never fails a run
	}
}

package process

import (
	"bytes"
	"io"
	"strings"
)

// addMask is the workflow command that makes the rest of its line a secret.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#masking-a-value-in-a-log
const addMask = "::add-mask::"

// maxCommand bounds the memory a line that begins with the command can take. GitHub's secrets have at most
// 48 KiB; a longer line is ordinary text.
const maxCommand = 1 << 20

// commands passes a step's output on to next and takes from it the lines that add a mask, before their value
// can be shown. Such a line goes on with its value replaced.
type commands struct {
	next  io.Writer
	masks *Masks
	raw   func(line []byte) // takes the line as it was, instead of next; nil for none

	held   []byte // a line's beginning that may be the command, or is
	inLine bool   // the last byte passed on was not the end of a line
}

// Write always takes all of p: the error of next is next's own affair.
func (c *commands) Write(p []byte) (int, error) {
	buf := p
	if len(c.held) > 0 {
		buf = append(c.held, p...)
	}
	from, at := 0, 0 // buf[from:at] is text to be passed on; at is where a line begins
	if c.inLine {
		at = afterLine(buf, 0)
	}
	for at < len(buf) {
		end := afterLine(buf, at)
		complete := buf[end-1] == '\n'
		is, undecided := isAddMask(buf[at:end])
		if (is && !complete || undecided) && end-at < maxCommand {
			break
		}
		if is && complete {
			c.pass(buf[from:at])
			c.take(buf[at:end])
			from = end
		}
		at = end
	}
	c.pass(buf[from:at])
	if at > 0 {
		c.inLine = buf[at-1] != '\n'
	}
	c.held = append(c.held[:0], buf[at:]...)
	return len(p), nil
}

// Close lets out what is held back.
func (c *commands) Close() error {
	if is, _ := isAddMask(c.held); is {
		c.take(c.held)
	} else {
		c.pass(c.held)
	}
	c.held = nil
	return nil
}

func (c *commands) pass(text []byte) {
	if len(text) > 0 {
		_, _ = c.next.Write(text)
	}
}

// take makes the line's value a secret. A value too short for one is kept out of the log all the same.
func (c *commands) take(line []byte) {
	start := bytes.Index(line, []byte("::")) + len(addMask)
	value := bytes.TrimRight(line[start:], "\r\n")
	// The escapes of workflow commands, in the order the runner undoes them.
	c.masks.tell(strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(string(value)))
	if c.raw != nil {
		c.raw(line)
		return
	}
	c.pass(bytes.Join([][]byte{line[:start], line[start+len(value):]}, []byte(maskText)))
}

// isAddMask reports whether a line is the command, and whether it is too short to tell. The runner ignores
// white space before a command and the case of its name.
func isAddMask(line []byte) (is, undecided bool) {
	text := bytes.TrimLeft(line, " \t\r")
	n := min(len(text), len(addMask))
	same := strings.EqualFold(string(text[:n]), addMask[:n])
	return same && n == len(addMask), same && n < len(addMask)
}

// afterLine returns where the line that holds buf[at] ends, after its newline.
func afterLine(buf []byte, at int) int {
	if i := bytes.IndexByte(buf[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(buf)
}

package process

// tailSize is how much of each stream is kept for matching.
const tailSize = 64 << 10

// tail keeps the last tailSize bytes written to it.
type tail struct{ buf []byte }

// Write never fails. The buffer holds up to two tails, so that bytes move once per tail and not once per write.
func (t *tail) Write(p []byte) (int, error) {
	written := len(p)
	p = p[max(0, len(p)-tailSize):]
	if len(t.buf)+len(p) > 2*tailSize {
		t.buf = t.buf[:copy(t.buf, t.last())]
	}
	t.buf = append(t.buf, p...)
	return written, nil
}

func (t *tail) last() []byte { return t.buf[max(0, len(t.buf)-tailSize):] }

func (t *tail) String() string { return string(t.last()) }

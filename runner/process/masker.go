package process

import "io"

// NewMasker returns a writer that passes on to w what is written to it, with every secret of m replaced by ***,
// however the writes split it. The result is what [Masks.String] makes of the whole.
//
// Held back is only what may still become a secret: the longest end of the text so far that some secret begins
// with. It is let out when the next bytes decide, or by Close; never by a timer, because the beginning of a
// secret is part of it. Close does not close w.
func NewMasker(w io.Writer, m *Masks) io.WriteCloser { return &masker{w: w, masks: m} }

type masker struct {
	w       io.Writer
	masks   *Masks
	held    []byte
	covered int // bytes of held that belong to a secret whose *** is out
	out     []byte
}

// Write returns w's error; the text it was about is gone.
func (m *masker) Write(p []byte) (int, error) {
	m.held = append(m.held, p...)
	return len(p), m.pass(false)
}

// Close lets out what is held back.
func (m *masker) Close() error { return m.pass(true) }

func (m *masker) pass(end bool) error {
	out, at, covered := m.masks.mask(m.out[:0], m.held, m.covered, end)
	m.held = m.held[:copy(m.held, m.held[at:])]
	m.covered = covered
	m.out = out
	if len(out) == 0 {
		return nil
	}
	_, err := m.w.Write(out)
	return err
}

package runner

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"
)

// spool keeps output of two streams in the order it came, in constant memory: in a file of the run's temporary
// folder, made when there is something to keep. What can't be kept is lost, as output of a broken log is.
type spool struct {
	mu   sync.Mutex
	dir  string
	file *os.File // each write is the stream's number, the length, and the bytes
}

func newSpool(dir string) *spool { return &spool{dir: dir} }

// stream returns the writer of one of the streams, 0 or 1.
func (s *spool) stream(n byte) io.Writer { return spoolStream{s, n} }

type spoolStream struct {
	spool *spool
	n     byte
}

// Write implements io.Writer.
func (w spoolStream) Write(p []byte) (int, error) {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	if err := w.spool.open(); err != nil {
		return 0, err
	}
	head := binary.AppendUvarint([]byte{w.n}, uint64(len(p)))
	if _, err := w.spool.file.Write(head); err != nil {
		return 0, err
	}
	return w.spool.file.Write(p)
}

func (s *spool) open() (err error) {
	if s.file == nil {
		s.file, err = os.CreateTemp(s.dir, "output-")
	}
	return err
}

// print writes what is kept to the two streams, and keeps nothing of it.
func (s *spool) print(streams ...io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return
	}
	if _, err := s.file.Seek(0, io.SeekStart); err == nil {
		copyFrames(bufio.NewReader(s.file), streams)
	}
	_, err := s.file.Seek(0, io.SeekStart)
	_ = errors.Join(err, s.file.Truncate(0))
}

// copyFrames ends at the end of the input, or at a write that was cut short.
func copyFrames(in *bufio.Reader, streams []io.Writer) {
	for {
		n, err := in.ReadByte()
		if err != nil || int(n) >= len(streams) {
			return
		}
		length, err := binary.ReadUvarint(in)
		if err != nil {
			return
		}
		frame := &io.LimitedReader{R: in, N: int64(length)}
		if out := streams[n]; out != nil {
			_, _ = io.Copy(out, frame)
		}
		if _, err := io.Copy(io.Discard, frame); err != nil {
			return
		}
	}
}

// close removes the file.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
		s.file = nil
	}
}

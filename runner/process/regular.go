package process

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// readRegular reads a file a step wrote, at most limit bytes. The step may have put anything in its place: a
// link would make belay read what the step may not, a FIFO would make it wait for ever. Both are refused.
// The error is fs.ErrNotExist when nothing is there, and errTooLarge past the limit.
func readRegular(path string, limit int64) ([]byte, error) {
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, notRegular(info)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openNoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Once more, of what is open now.
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, notRegular(info)
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, errTooLarge
	}
	return text, nil
}

var errTooLarge = errors.New("too large")

func notRegular(info os.FileInfo) error {
	return fmt.Errorf("not a regular file (%s): a step must write into the file it was given, not replace it", info.Mode().Type())
}

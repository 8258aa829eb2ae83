package gitops

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/objfile"
)

// readLoose reads an object that lies in a file of its own, and only the way to it where the file has that many bytes.
func readLoose(path string, most int64) (stored, error) {
	in, err := openLoose(path)
	if err != nil {
		return stored{}, err
	}
	defer in.Close()
	info, err := in.file.Stat()
	if err != nil {
		return stored{}, err
	}
	if info.Size() >= most {
		return stored{kind: in.kind, size: in.size, open: func() (io.ReadCloser, error) {
			in, err := openLoose(path)
			if err != nil {
				return nil, err // and no reader: an interface around nil would be one
			}
			return in, nil
		}}, nil
	}
	data, err := readExactly(in, in.size)
	if err != nil {
		return stored{}, fmt.Errorf("read %s: %w", path, err)
	}
	return stored{kind: in.kind, data: data}, nil
}

// looseReader is the contents of a loose object, with its file.
type looseReader struct {
	*objfile.Reader
	file *os.File
	kind plumbing.ObjectType
	size int64
}

// Close implements io.Closer.
func (r *looseReader) Close() error { return errors.Join(r.Reader.Close(), r.file.Close()) }

func openLoose(path string) (*looseReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := objfile.NewReader(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
	}
	r := &looseReader{Reader: in, file: file}
	if r.kind, r.size, err = in.Header(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), r.Close())
	}
	return r, nil
}

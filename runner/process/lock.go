package process

import (
	"errors"
	"os"
)

// ErrLocked is the error of a Lock that another process holds.
var ErrLocked = errors.New("another process holds the lock")

// Lock takes the lock of a file for this process, without waiting. It ends with the process, however that ends, and no
// child inherits it. The file stays.
func Lock(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}

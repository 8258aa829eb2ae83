//go:build unix

package process

import "golang.org/x/sys/unix"

// openNoFollow refuses a symbolic link, and opens a FIFO without waiting for its writer.
const openNoFollow = unix.O_NOFOLLOW | unix.O_NONBLOCK

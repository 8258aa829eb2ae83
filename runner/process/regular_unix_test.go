//go:build unix

package process

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFilesPutInPlaceOfOursAreRefused(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"a symbolic link": func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a FIFO":          func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"a device":        func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			for _, path := range []string{f.Output, f.Error} {
				_ = os.Remove(path)
				if err := replace(path); err != nil {
					t.Fatal(err)
				}
			}
			_, err := f.Read()
			checkError(t, err, "GITHUB_OUTPUT: read it: not a regular file")
			_, err = ReadRaised(f.Error)
			checkError(t, err, "not a regular file")
		})
	}
}

// The look before opening is not enough: what lies there may change in between.
func TestOpeningFollowsNoLinkAndWaitsForNoWriter(t *testing.T) {
	f := newFiles(t)
	_ = os.Remove(f.Output)
	if err := os.Symlink(f.Env, f.Output); err != nil {
		t.Fatal(err)
	}
	if file, err := os.OpenFile(f.Output, os.O_RDONLY|openNoFollow, 0); err == nil {
		_ = file.Close()
		t.Error("a link was followed")
	}
	_ = os.Remove(f.Output)
	if err := unix.Mkfifo(f.Output, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(f.Output, os.O_RDONLY|openNoFollow, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
}

//go:build unix

package runner

import (
	"io/fs"
	"os"
	"syscall"
)

// sameOwner gives a file the owner and group of another. Whoever may not do that owns what is written, as with any
// editor.
func sameOwner(root *os.Root, name string, of fs.FileInfo) error {
	want, ok := of.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := root.Stat(name)
	if err != nil {
		return err
	}
	if has, ok := info.Sys().(*syscall.Stat_t); ok && has.Uid == want.Uid && has.Gid == want.Gid {
		return nil
	}
	if root.Chown(name, int(want.Uid), int(want.Gid)) != nil {
		return nil
	}
	return root.Chmod(name, of.Mode().Perm()) // a change of owner takes the set-id bits away
}

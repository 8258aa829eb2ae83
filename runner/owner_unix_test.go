//go:build unix

package runner

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

func ownerOf(t *testing.T, info fs.FileInfo) string {
	t.Helper()
	stat := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", stat.Uid, stat.Gid)
}

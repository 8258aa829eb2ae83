package merge

import (
	"errors"
	"fmt"
	"strings"
)

// ErrPath means that a path may not be in a tree: it is empty, absolute, has an empty, "." or ".." part, or one that
// some system takes for ".git". Git refuses the same ones (verify_path, with core.protectHFS and core.protectNTFS).
var ErrPath = errors.New("path not allowed in a tree")

func checkPath(path string) error {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsRune(part, 0) || dotGit(part) {
			return fmt.Errorf("check path %q: %w", path, ErrPath)
		}
	}
	return nil
}

// dotGit reports whether part names a repository's own folder on Linux, macOS (HFS+ ignores some characters) or
// Windows (NTFS ignores dots and spaces at the end, splits at backslashes and colons, and knows it as GIT~1).
func dotGit(part string) bool {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
			return -1
		}
		return r
	}, strings.ToLower(part))
	for piece := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '\\' || r == ':' }) {
		piece = strings.TrimRight(piece, ". ")
		if piece == ".git" || piece == "git~1" {
			return true
		}
	}
	return false
}

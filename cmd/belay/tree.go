package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// tree is the folder that a steps or policy file may run other files of, and the file's path in it, with slashes.
// Nothing outside of the folder can be read through it, not even by a link.
type tree struct {
	root *os.Root
	at   string
}

// treeOf finds the repository around a file. A file outside of any repository has the workspace for one, or else its
// own folder. What is given as text stands in the workspace.
func treeOf(f source.File) (tree, error) {
	workspace, err := os.Getwd()
	if err != nil {
		return tree{}, err
	}
	path := filepath.Join(workspace, "input")
	if !strings.HasPrefix(f.Name, "input ") {
		if path, err = filepath.Abs(f.Name); err != nil {
			return tree{}, err
		}
	}
	folder := repositoryAround(filepath.Dir(path))
	if folder == "" {
		folder = filepath.Dir(path)
		if below, err := filepath.Rel(workspace, path); err == nil && filepath.IsLocal(below) {
			folder = workspace
		}
	}
	at, err := filepath.Rel(folder, path)
	if err != nil {
		return tree{}, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return tree{}, fmt.Errorf("open repository: %w", err)
	}
	return tree{root, filepath.ToSlash(at)}, nil
}

func (t tree) files() fs.FS { return t.root.FS() }

// close ends reading.
func (t tree) close() { _ = t.root.Close() }

// repositoryAround returns the nearest folder at or above dir that is a checkout, "" when there is none.
func repositoryAround(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

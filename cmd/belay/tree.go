package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// origin is where files come from: the work tree, or a branch on the server.
type origin interface {
	// open returns a file by its path. The error of one that is not there is fs.ErrNotExist.
	open(path string) (source.File, error)
	// around returns what a file's steps may run files of.
	around(f source.File) (tree, error)
}

// tree is the folder of which a steps or policy file may run others, and the file's path in it, with slashes.
type tree struct {
	files fs.FS
	at    string
	root  *os.Root // nil where nothing is to be closed
}

// close ends reading.
func (t tree) close() {
	if t.root != nil {
		_ = t.root.Close()
	}
}

// here is files as they are on this machine.
type here struct{}

// open reads a file.
func (here) open(path string) (source.File, error) {
	data, err := os.ReadFile(path)
	return source.File{Name: filepath.ToSlash(path), Data: data}, err
}

// around finds the repository around a file; nothing outside of it can be read through the tree, not even by a link.
// A file outside of any repository has the workspace for one, or else its own folder. What is given as text stands in
// the workspace.
func (here) around(f source.File) (tree, error) {
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
	return tree{root.FS(), filepath.ToSlash(at), root}, nil
}

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

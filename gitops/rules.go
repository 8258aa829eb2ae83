package gitops

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/format/gitattributes"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// rules are what the work tree says about its own files, as far as belay needs it where git is not installed:
// .gitignore, .gitattributes and the repository's own configuration.
type rules struct {
	root       string
	entered    map[string]bool
	ignore     []gitignore.Pattern
	attributes []gitattributes.MatchAttribute
	autocrlf   bool
	noFileMode bool
	noSymlinks bool
}

// rules reads the repository's configuration and its info folder. A sparse checkout is refused: which of its files are
// missing because they were deleted, only git can tell.
func (c checkout) rules() (*rules, error) {
	r := &rules{root: c.root, entered: map[string]bool{}}
	for _, file := range []string{filepath.Join(c.common, "config"), filepath.Join(c.gitDir, "config.worktree")} {
		if err := r.readConfig(file); err != nil {
			return nil, err
		}
	}
	if err := r.readIgnore(filepath.Join(c.common, "info", "exclude"), nil); err != nil {
		return nil, err
	}
	return r, r.readAttributes(filepath.Join(c.common, "info", "attributes"), nil)
}

func (r *rules) readConfig(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	parsed := config.NewConfig()
	if err := parsed.Unmarshal(text); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	core := parsed.Raw.Section("core")
	if on(core.Option("sparsecheckout")) {
		return errors.New("staging in a sparse checkout needs an installed git")
	}
	r.autocrlf = r.autocrlf || on(core.Option("autocrlf")) || strings.EqualFold(core.Option("autocrlf"), "input")
	r.noFileMode = r.noFileMode || off(core.Option("filemode"))
	r.noSymlinks = r.noSymlinks || off(core.Option("symlinks"))
	return nil
}

// on and off read a boolean as git-config(1) does, for keys that are set.
func on(value string) bool {
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(value))
}
func off(value string) bool {
	return slices.Contains([]string{"false", "no", "off", "0"}, strings.ToLower(value))
}

// enter reads the rules of a folder and of those above it. The top of the work tree is ".".
func (r *rules) enter(folder string) error {
	if r.entered[folder] {
		return nil
	}
	r.entered[folder] = true
	var domain []string
	if folder != "." {
		if err := r.enter(path.Dir(folder)); err != nil {
			return err
		}
		domain = strings.Split(folder, "/")
	}
	dir := filepath.Join(r.root, filepath.FromSlash(folder))
	for name, read := range map[string]func(string, []string) error{".gitignore": r.readIgnore, ".gitattributes": r.readAttributes} {
		file := filepath.Join(dir, name)
		if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
			continue // git follows no links here either, see gitignore(5)
		}
		if err := read(file, domain); err != nil {
			return err
		}
	}
	return nil
}

func (r *rules) readIgnore(file string, domain []string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			r.ignore = append(r.ignore, gitignore.ParsePattern(line, domain))
		}
	}
	return err
}

func (r *rules) readAttributes(file string, domain []string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	read, err := gitattributes.ReadAttributes(bytes.NewReader(text), domain, true)
	r.attributes = append(r.attributes, read...)
	return err
}

// ignored reports whether a file or folder that is not tracked is to be left out.
func (r *rules) ignored(name string, isFolder bool) bool {
	parts := strings.Split(name, "/")
	matcher := gitignore.NewMatcher(r.ignore)
	for i := 1; i < len(parts); i++ { // nothing in an ignored folder can be taken back in
		if matcher.Match(parts[:i], true) {
			return true
		}
	}
	return matcher.Match(parts, isFolder)
}

// needsGit returns why git could store a file otherwise than as it lies there, and "" where it could not. It errs
// towards git: a later rule does not undo an earlier one. Line endings matter only to files that have a CRLF.
func (r *rules) needsGit(name string, content []byte) string {
	parts := strings.Split(name, "/")
	crlf := bytes.Contains(content, []byte("\r\n"))
	if crlf && r.autocrlf && bytes.IndexByte(content, 0) < 0 {
		return "core.autocrlf turns its line endings"
	}
	for _, rule := range r.attributes {
		if rule.Pattern == nil || !rule.Pattern.Match(parts) {
			continue
		}
		for _, a := range r.meanings(rule.Attributes) {
			if a.IsUnset() || a.IsUnspecified() {
				continue
			}
			switch a.Name() {
			case "filter", "working-tree-encoding", "ident":
				return "the attribute " + a.Name() + " applies to it"
			case "text", "eol", "crlf":
				if crlf {
					return "the attribute " + a.Name() + " turns its line endings"
				}
			}
		}
	}
	return ""
}

// meanings are attributes with those that the macros among them stand for, see "Defining macro attributes" in gitattributes(5).
// Each macro counts once: a hostile one stands for itself.
func (r *rules) meanings(given []gitattributes.Attribute) []gitattributes.Attribute {
	all, known := slices.Clone(given), map[string]bool{}
	for i := 0; i < len(all); i++ {
		name := all[i].Name()
		if known[name] || !all[i].IsSet() {
			continue
		}
		known[name] = true
		for _, rule := range r.attributes {
			if rule.Pattern == nil && rule.Name == name {
				all = append(all, rule.Attributes...)
			}
		}
	}
	return all
}

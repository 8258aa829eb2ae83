package gitops

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// storesAsIs reports whether nothing that git is told outside the work tree has a say in how it stores a file's content, or in
// which files it takes. Only what is known to be harmless counts as such, in every file that git might read.
func (c child) storesAsIs(of checkout) bool {
	env := map[string]string{}
	for _, variable := range c.env {
		name, value, _ := strings.Cut(variable, "=")
		if !harmlessVariable(name) {
			return false
		}
		env[name] = value
	}
	read, ok := c.settingsFiles(of, env)
	if !ok {
		return false
	}
	s := settings{home: env["HOME"]}
	return !slices.ContainsFunc(read.beside, exists) && !slices.ContainsFunc(read.files, func(file string) bool { return !s.harmless(file, 0) })
}

// settingsFiles is where git looks for settings, in the files there may or may not be.
type settingsFiles struct {
	files  []string // of its configuration
	beside []string // with attributes, and what is ignored
}

// settingsFiles lists them for an environment, and is not ok where that is not known.
func (c child) settingsFiles(of checkout, env map[string]string) (read settingsFiles, ok bool) {
	if runtime.GOOS != "linux" { // elsewhere git comes with settings in places of its own
		return settingsFiles{}, false
	}
	etc, ok := c.systemFolders()
	home := env["XDG_CONFIG_HOME"]
	if home == "" && env["HOME"] != "" {
		home = filepath.Join(env["HOME"], ".config")
	}
	files := []string{filepath.Join(of.common, "config"), filepath.Join(of.gitDir, "config.worktree"), env["GIT_CONFIG_SYSTEM"], env["GIT_CONFIG_GLOBAL"]}
	if home != "" {
		files = append(files, filepath.Join(home, "git", "config"))
		read.beside = append(read.beside, filepath.Join(home, "git", "attributes"), filepath.Join(home, "git", "ignore"))
	}
	if env["HOME"] != "" {
		files = append(files, filepath.Join(env["HOME"], ".gitconfig"))
	}
	for _, dir := range etc {
		files = append(files, filepath.Join(dir, "gitconfig"))
		read.beside = append(read.beside, filepath.Join(dir, "gitattributes"))
	}
	read.files = slices.DeleteFunc(files, func(file string) bool { return file == "" })
	return read, ok
}

// harmlessVariable reports whether git's `add` does not depend on a variable of the environment, see git(1). Which files
// the configuration is in may be said.
func harmlessVariable(name string) bool {
	switch {
	case name == "GIT_CONFIG_NOSYSTEM" || name == "GIT_CONFIG_SYSTEM" || name == "GIT_CONFIG_GLOBAL" || name == "GIT_ATTR_NOSYSTEM":
		return true
	case strings.HasPrefix(name, "GIT_CONFIG") || strings.HasPrefix(name, "GIT_ATTR") || strings.HasPrefix(name, "GIT_TEST"):
		return false
	}
	return !strings.HasPrefix(name, "GIT_") || !strings.HasSuffix(name, "_PATHSPECS")
}

// systemFolders lists where the installed git has the machine's settings. They are compiled into it, and known where it lies where
// most machines have it. A git that is a script may do anything.
func (c child) systemFolders() (folders []string, ok bool) {
	program, err := filepath.EvalSymlinks(c.git)
	if err != nil {
		return nil, false
	}
	switch filepath.Dir(program) {
	case "/usr/bin", "/bin":
		folders = []string{"/etc"}
	case "/usr/local/bin":
		folders = []string{"/etc", "/usr/local/etc"}
	default:
		return nil, false
	}
	file, err := os.Open(program)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	var magic [4]byte
	_, err = file.Read(magic[:])
	return folders, err == nil && string(magic[:]) == "\x7fELF"
}

// settings reads files of git's configuration, see "SYNTAX" in git-config(1).
type settings struct{ home string }

// includesAtMost is how deep git follows one file to another, see "Includes" in git-config(1).
const includesAtMost = 10

// harmless reports whether no setting of a file has to do with what `git add` stores. It errs on the safe side: where it does
// not understand a line or know a setting, and it follows an include whether its condition holds or not.
func (s settings) harmless(file string, depth int) bool {
	if file == os.DevNull {
		return true
	}
	file, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	text, _, err := readSmall(file)
	if err != nil || depth > includesAtMost {
		return false
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, `\`) { // goes on
			return false
		}
		if strings.HasPrefix(line, "[") {
			var ok bool
			if section, line, ok = cutSection(line); !ok {
				return false
			}
		}
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, valued := strings.Cut(line, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		if section == "include" || section == "includeif" {
			if next, ok := s.included(file, value); key != "path" || !ok || !s.harmless(next, depth+1) {
				return false
			}
		} else if !harmlessSetting(section, key, value, valued) {
			return false
		}
	}
	return true
}

// cutSection takes a section's head off a line.
func cutSection(line string) (section, rest string, ok bool) {
	head, rest, ok := strings.Cut(line[1:], "]")
	if strings.Contains(head, `"`) { // the name of a subsection may have brackets in it
		head, rest, ok = strings.Cut(line[1:], `"]`)
	}
	if strings.Contains(head, `\`) {
		return "", "", false
	}
	end := strings.IndexFunc(head, func(c rune) bool { return c == '.' || c == ' ' || c == '\t' || c == '"' })
	if end >= 0 {
		head = head[:end]
	}
	return strings.ToLower(head), strings.TrimSpace(rest), ok
}

// included is the path of an include, as it stands in a file.
func (s settings) included(from, value string) (file string, ok bool) {
	if unquoted, quoted := strings.CutPrefix(value, `"`); quoted {
		value = strings.TrimSuffix(unquoted, `"`)
	}
	below, home := strings.CutPrefix(value, "~/")
	switch {
	case value == "" || strings.ContainsAny(value, "\\\"#;%"):
		return "", false
	case home:
		return filepath.Join(s.home, below), s.home != ""
	case value[0] == '~':
		return "", false
	}
	return resolve(filepath.Dir(from), value), true
}

// harmlessSetting reports whether a setting is known to have nothing to do with what `git add` stores. Filters that are set up
// here are used where an attribute names them.
func harmlessSetting(section, key, value string, valued bool) bool {
	switch section {
	case "advice", "alias", "author", "blame", "branch", "clone", "color", "column", "commit", "committer", "credential", "diff",
		"fetch", "filter", "format", "gc", "gpg", "help", "http", "init", "lfs", "log", "maintenance", "merge", "pack", "pager",
		"protocol", "pull", "push", "rebase", "receive", "remote", "rerere", "safe", "stash", "status", "tag", "transfer", "url", "user":
		return true
	case "extensions":
		return key == "partialclone" || key == "worktreeconfig"
	case "core":
		switch key {
		case "askpass", "commentchar", "compression", "editor", "fsmonitor", "hookspath", "logallrefupdates", "pager", "preloadindex",
			"quotepath", "splitindex", "sshcommand", "untrackedcache":
			return true
		case "repositoryformatversion":
			return value == "0" || value == "1"
		case "filemode":
			return value == "true" || !valued
		case "bare":
			return value == "false"
		}
	}
	return false
}

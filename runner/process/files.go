package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is how much a step may write into each of its files. GitHub allows 1 MiB of outputs per job and of
// summary per step.
const maxFile = 1 << 20

// Files are the files one attempt of a step answers with. They are the attempt's own: what a failed attempt
// wrote is dropped with them.
type Files struct {
	Dir     string // holds the others; only its owner may enter
	Output  string
	Env     string
	Path    string
	Summary string
	Error   string // the error file, see [ReadRaised]; not there until the step writes it
}

// NewFiles makes the files for one attempt in a new folder below dir.
func NewFiles(dir string) (Files, error) {
	private, err := os.MkdirTemp(dir, "belay-files-*")
	if err != nil {
		return Files{}, fmt.Errorf("make a step's files: %w", err)
	}
	at := func(name string) string { return filepath.Join(private, name) }
	f := Files{private, at("output"), at("env"), at("path"), at("summary.md"), at("error")}
	for _, path := range []string{f.Output, f.Env, f.Path, f.Summary} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return Files{}, errors.Join(fmt.Errorf("make a step's files: %w", err), f.Remove())
		}
	}
	return f, nil
}

// Remove deletes the files and their folder.
func (f Files) Remove() error { return os.RemoveAll(f.Dir) }

// Environ names the files to a step, as name=value: each as GitHub calls it and as belay does on every host.
func (f Files) Environ() []string {
	return []string{
		"GITHUB_OUTPUT=" + f.Output, "BELAY_OUTPUT=" + f.Output,
		"GITHUB_ENV=" + f.Env, "BELAY_ENV=" + f.Env,
		"GITHUB_PATH=" + f.Path, "BELAY_PATH=" + f.Path,
		"GITHUB_STEP_SUMMARY=" + f.Summary, "BELAY_STEP_SUMMARY=" + f.Summary,
		"BELAY_ERROR=" + f.Error,
	}
}

// Effects are what an attempt wants to leave behind. Nothing in it is masked.
type Effects struct {
	Outputs map[string]string
	Env     map[string]string
	Path    []string // in the order written; the last one goes first on PATH
	Summary string   // Markdown

	// Refused is what was left out: names a step can't set for others, a summary that is too large.
	// The attempt stands; show these to the user.
	Refused []*FileError
}

// Read reads the files after the attempt ended. A deleted file is an empty one, as with GitHub's runner.
// The error is a *[FileError] when the step wrote something that can't be read: the attempt failed.
func (f Files) Read() (Effects, error) {
	var e Effects
	outputs, err := readPairs("GITHUB_OUTPUT", f.Output)
	if err != nil {
		return Effects{}, err
	}
	e.Outputs = map[string]string{}
	for _, p := range outputs {
		e.Outputs[p.name] = p.value
	}
	env, err := readPairs("GITHUB_ENV", f.Env)
	if err != nil {
		return Effects{}, err
	}
	e.Env, e.Refused = sortOut(env)
	if e.Path, err = readPath(f.Path); err != nil {
		return Effects{}, err
	}
	e.Summary, err = readText("GITHUB_STEP_SUMMARY", f.Summary)
	if errors.Is(err, errTooLarge) {
		problem := fmt.Sprintf("the summary is larger than %d KiB and was left out", maxFile>>10)
		e.Refused = append(e.Refused, &FileError{File: "GITHUB_STEP_SUMMARY", Problem: problem})
		err = nil
	}
	if err != nil {
		return Effects{}, err
	}
	return e, nil
}

// sortOut separates the variables that may leave the step from those that may not.
func sortOut(pairs []pair) (map[string]string, []*FileError) {
	env := map[string]string{}
	var refused []*FileError
	for _, p := range pairs {
		if problem := refuseEnv(p); problem != "" {
			refused = append(refused, &FileError{File: "GITHUB_ENV", Line: p.line, Problem: problem})
			continue
		}
		env[p.name] = p.value
	}
	return env, refused
}

func refuseEnv(p pair) string {
	if strings.ContainsRune(p.name+p.value, 0) {
		return fmt.Sprintf("%q contains a NUL byte and was left out", p.name)
	}
	for _, r := range RefusedEnvs() {
		if matchesAny([]string{r.Pattern}, strings.ToUpper(p.name)) {
			return fmt.Sprintf("%q can't be set for later steps: %s", p.name, r.Why)
		}
	}
	return ""
}

// readPath reads one folder a line. A folder named again moves to the end, as with the runner.
func readPath(path string) ([]string, error) {
	text, err := readText("GITHUB_PATH", path)
	if err != nil {
		return nil, err
	}
	var folders []string
	for l := range strings.Lines(text) {
		folder := strings.TrimRight(l, "\r\n")
		if folder == "" {
			continue
		}
		folders = slices.DeleteFunc(folders, func(f string) bool { return f == folder })
		folders = append(folders, folder)
	}
	return folders, nil
}

func readPairs(name, path string) ([]pair, error) {
	text, err := readText(name, path)
	if err != nil {
		return nil, err
	}
	return parsePairs(name, text)
}

// readText reads a file as the runner does: without a byte order mark, what is not UTF-8 replaced.
func readText(name, path string) (string, error) {
	text, err := readRegular(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, errTooLarge):
		return "", &FileError{File: name, Problem: fmt.Sprintf("larger than %d KiB; pass large values in files of your own", maxFile>>10), Err: err}
	case err != nil:
		return "", &FileError{File: name, Problem: "read it", Err: err}
	}
	return strings.ToValidUTF8(strings.TrimPrefix(string(text), "\ufeff"), "\ufffd"), nil
}

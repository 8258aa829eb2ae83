package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// script is a step's script in its file, and how to run it.
type script struct {
	file    string
	dir     string
	jail    *os.File // dir, opened within the folder it may not leave; nil where it may be anywhere
	program string
	args    []string
	raw     string // the whole command line, for a shell that splits its own
}

// newScript finds the shell and writes the script's file, which the caller removes.
// Every error is a *StartError.
func newScript(c Command) (script, error) {
	for _, entry := range c.Env {
		if strings.ContainsRune(entry, 0) {
			return script{}, &StartError{
				Problem: fmt.Sprintf("the environment variable %s contains a NUL byte", envName(entry)),
				Advice:  "remove it: no system can pass it on",
			}
		}
	}
	dir, jail, err := workingDir(c.Dir, c.Within)
	if err != nil {
		return script{}, err
	}
	s, err := scriptIn(c, dir)
	if err != nil && jail != nil {
		_ = jail.Close()
	}
	s.jail = jail
	return s, err
}

// scriptIn is newScript for a folder that is there.
func scriptIn(c Command, dir string) (script, error) {
	shell, program, err := findShell(c.Shell, c.Env, dir)
	if err != nil {
		return script{}, err
	}
	newline := "\n"
	if runtime.GOOS == "windows" {
		newline = "\r\n"
	}
	file, err := writeScript(c.Temp, shell.Extension, shell.content(c.Script, newline))
	if err != nil {
		return script{}, &StartError{
			Problem: "write the step's script",
			Advice:  "free space on the disk of the run's temp folder, or point TMPDIR to one that can be written to",
			Err:     err,
		}
	}
	s := script{file: file, dir: dir, program: program}
	if shell.Raw {
		s.raw = `"` + program + `" ` + strings.ReplaceAll(shell.Args, "{0}", file)
	}
	for _, arg := range splitArgs(shell.Args) {
		s.args = append(s.args, strings.ReplaceAll(arg, "{0}", file))
	}
	return s, nil
}

// workingDir finds the folder, and opens it where it may not leave another.
func workingDir(dir, within string) (string, *os.File, error) {
	refuse := func(problem string, err error) *StartError {
		return &StartError{Problem: problem, Advice: "create it in an earlier step, or correct `working-directory`", Err: err}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, refuse("find the working directory "+dir, err)
	}
	switch info, err := os.Stat(abs); {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, refuse(fmt.Sprintf("the working directory %s does not exist", abs), nil)
	case err != nil:
		return "", nil, refuse("enter the working directory", err)
	case !info.IsDir():
		return "", nil, refuse(fmt.Sprintf("the working directory %s is not a directory", abs), nil)
	case within == "":
		return abs, nil, nil
	}
	jail, err := openWithin(within, abs)
	var system syscall.Errno
	if errors.As(err, &system) { // that it leads out is no error of the system
		return "", nil, refuse("enter the working directory", err)
	}
	if err != nil {
		return "", nil, &StartError{
			Problem: fmt.Sprintf("the working directory %s leads out of %s", abs, within),
			Advice:  "a symbolic link on the way may be the cause; go there with `cd` in the script if that is meant", Err: err,
		}
	}
	return abs, jail, nil
}

// openWithin opens a folder without following a link that leads out of another, however fast somebody swaps folders
// for links on the way: see os.Root.
func openWithin(within, dir string) (*os.File, error) {
	below, err := filepath.Rel(within, dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(within)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(below)
}

// close lets go of the folder.
func (s script) close() {
	_ = os.Remove(s.file)
	if s.jail != nil {
		_ = s.jail.Close()
	}
}

// enter is the folder by the name under which the child enters the one that was opened, whatever its path leads to by
// then.
func (s script) enter() string {
	if s.jail == nil || runtime.GOOS != "linux" {
		return s.dir
	}
	return fmt.Sprintf("/proc/self/fd/%d", s.jail.Fd())
}

// findShell returns the first shell the name stands for that is installed, and its program's path.
func findShell(name string, env []string, dir string) (Shell, string, error) {
	shells, err := candidates(name)
	if err != nil {
		return Shell{}, "", err
	}
	path := LookupEnv(env, "PATH")
	var missing []string
	for _, shell := range shells {
		if program, ok := lookPath(shell.Program, path, dir); ok {
			return shell, program, nil
		}
		missing = append(missing, shell.Program)
	}
	return Shell{}, "", missingShell(missing, path)
}

// lookPath finds program on the step's PATH, which is not belay's: steps extend it. Relative entries and
// programs are below the working directory, where the step would find them.
func lookPath(program, path, dir string) (string, bool) {
	folders := filepath.SplitList(path)
	if strings.ContainsAny(program, `/`+string(filepath.Separator)) {
		folders = []string{""}
	}
	for _, folder := range folders {
		name := filepath.Join(folder, program)
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if found, err := exec.LookPath(name); err == nil {
			return found, true
		}
	}
	return "", false
}

// writeScript puts a script into a new file that only its owner can read.
func writeScript(temp, extension, content string) (string, error) {
	f, err := os.CreateTemp(temp, "belay-step-*"+extension)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

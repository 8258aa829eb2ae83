//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// nobody is who runs belay where this program is root, who may read everything.
const nobody = 65534

// memory has a step of belay's look through belay's environment and memory for the token. The control is the same step of a
// shell that holds the token.
func memory(dir, belay string) (seen, control []string, err error) {
	at := filepath.Join(dir, "memory")
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile(self)
	if err != nil {
		return nil, nil, err
	}
	spied := filepath.Join(at, "spied")
	steps := "version: 1\nsteps:\n  - run: ./spy spy $PPID > spied\n"
	err = errors.Join(os.MkdirAll(at, 0o755), os.Chmod(dir, 0o755), os.WriteFile(filepath.Join(at, "spy"), text, 0o755),
		os.WriteFile(filepath.Join(at, "steps.yml"), []byte(steps), 0o644))
	if os.Getuid() == 0 {
		err = errors.Join(err, os.Chown(at, nobody, nobody))
	}
	if err != nil {
		return nil, nil, err
	}
	for _, try := range []struct {
		into *[]string
		args []string
	}{
		{&seen, []string{belay, "run", "--steps", "steps.yml", "--policy", "none"}},
		{&control, []string{"sh", "-c", "./spy spy $$ > spied"}},
	} {
		cmd := command(at, environ("BELAY_TOKEN="+canaryToken, "HOME="+at, "TMPDIR="+at), try.args[0], try.args[1:]...)
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, nil, fmt.Errorf("%w: %s", err, out)
		}
		found, err := os.ReadFile(spied)
		if err != nil {
			return nil, nil, err
		}
		*try.into = strings.Fields(string(found))
	}
	return seen, control, nil
}

// spy is what the step runs: it prints in which of a process's files it saw the token.
func spy(args []string) error {
	proc := filepath.Join("/proc", args[0])
	if text, err := os.ReadFile(filepath.Join(proc, "environ")); err == nil && holdsToken(text) {
		fmt.Println("environ")
	}
	maps, _ := os.ReadFile(filepath.Join(proc, "maps"))
	mem, err := os.Open(filepath.Join(proc, "mem"))
	if err != nil {
		return nil // that is how it should be
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		text, _ := io.ReadAll(io.NewSectionReader(mem, from, to-from))
		if bytes.Contains(text, []byte(canaryToken)) {
			fmt.Println("mem")
			return nil
		}
	}
	return nil
}

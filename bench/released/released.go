// Package released compiles belay for benchmarks the way releases are.
package released

import (
	"os"
	"os/exec"
	"path/filepath"
)

// Belay compiles belay to dir and returns where it is. What the compiler has to say goes to standard error.
func Belay(dir string) (string, error) {
	program := filepath.Join(dir, "belay")
	return program, Compile(program, "github.com/belay-ci/belay/cmd/belay")
}

// Compile compiles a package, or a source file, in the same way.
func Compile(program, source string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

package process

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if err := Subreap(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

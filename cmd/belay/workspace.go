package main

import (
	"os"
	"sync"

	"github.com/belay-ci/belay/gitops"
)

// workspace is the folder a run works in, and what the checkout there says of itself, as gitops.Discover has it.
type workspace struct {
	dir      string
	checkout func() (gitops.Discovered, error) // as it was when it was first asked for
}

// openWorkspace opens the current folder, and begins to read: much else is to be done before what it says is needed.
func openWorkspace() (workspace, error) {
	dir, err := os.Getwd()
	if err != nil {
		return workspace{}, err
	}
	w := workspace{dir, sync.OnceValues(func() (gitops.Discovered, error) { return gitops.Discover(dir) })}
	go func() { _, _ = w.checkout() }()
	return w, nil
}

// Command belay runs steps inside a CI job, lands their commits on a contended branch exactly once, and
// recovers by a policy when something fails.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker at release.
var version = "dev"

func main() {
	// A reader that goes away, as in `belay run | head`, must not end a run that is about to push. Not signal.Ignore:
	// the steps would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(app{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ, version: version,
	}.main())
}

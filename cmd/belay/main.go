// Command belay runs steps inside a CI job, lands their commits on a contended branch exactly once, and
// recovers by a policy when something fails.
package main

import "os"

// version is set by the linker at release.
var version = "dev"

func main() {
	os.Exit(app{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ, version: version,
	}.main())
}

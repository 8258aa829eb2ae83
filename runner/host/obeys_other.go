//go:build !windows

package host

import "os"

// obeys reports whether a terminal does what ECMA-48 sequences say.
func obeys(*os.File) bool { return true }

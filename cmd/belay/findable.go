package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// findable returns environ with belay's own folder at the end of PATH: a step that says `belay fail` finds it also
// where belay was started by its path, as the action does.
func findable(environ []string) []string {
	self, err := os.Executable()
	if err != nil {
		return environ
	}
	for i, kv := range environ {
		if name, path, _ := strings.Cut(kv, "="); name == "PATH" || runtime.GOOS == "windows" && strings.EqualFold(name, "PATH") {
			environ = slices.Clone(environ)
			environ[i] = name + "=" + path + string(os.PathListSeparator) + filepath.Dir(self)
			return environ
		}
	}
	return append(slices.Clone(environ), "PATH="+filepath.Dir(self))
}

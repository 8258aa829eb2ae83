package spec

import (
	"embed"

	"github.com/belay-ci/belay/internal/source"
)

//go:embed presets/*.yml
var presets embed.FS

// DefaultPreset is the policy of a run that was given none.
const DefaultPreset = "rollback"

// Presets lists the policies that come with belay, in the order the reference shows them.
func Presets() []string { return []string{"none", "retry", "restart", "rerun", "rollback"} }

// Preset returns a policy that comes with belay, as a file like any other, and false when none has that name.
func Preset(name string) (source.File, bool) {
	data, err := presets.ReadFile("presets/" + name + ".yml")
	if err != nil {
		return source.File{}, false
	}
	return source.File{Name: "preset " + name, Data: data}, true
}

package runner

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFoldersThatStepsAddStandBeforeTheInheritedPath(t *testing.T) {
	name := "PATH"
	if runtime.GOOS == "windows" {
		name = "Path"
	}
	tests := []struct {
		name string
		file map[string]string
		want string
	}{
		{"of belay", nil, "second first inherited"},
		{"of the file", map[string]string{name: "files"}, "second first files"},
	}
	for _, tt := range tests {
		c := &conductor{job: Job{Environ: []string{name + "=inherited"}}, env: tt.file}
		got := c.sharedEnv(progress{path: []string{"second", "first"}})
		want := map[string]string{"PATH": strings.ReplaceAll(tt.want, " ", string(os.PathListSeparator))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

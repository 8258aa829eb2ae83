package demo

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The demo checks itself: that every rival's commit is there, belay's once, and the revert is open.
func TestTheDemoEndsAsItShould(t *testing.T) {
	var out strings.Builder
	begun := time.Now()
	if err := Run(t.Context(), Options{Out: &out, Environ: os.Environ()}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"another writer moved main", "landed on main", "retry 2 of 2", `Revert "prod: shop v2.0.0"`, "exit code 3"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not show %q:\n%s", want, out.String())
		}
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

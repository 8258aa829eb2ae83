package policy

import (
	"strings"
	"testing"
)

func TestALineageIsReadAsItWasWritten(t *testing.T) {
	for _, l := range []Lineage{{"4711", 1}, {"jenkins-a/Größe b-3", 0}, {"local-00ff.2", 65535}} {
		if got, err := ParseLineage(l.String()); err != nil || got != l {
			t.Errorf("%s is read as %+v, %v", l, got, err)
		}
	}
}

func TestWhatIsNoLineageIsRefused(t *testing.T) {
	for _, text := range []string{"", "/", "4711", "/1", "4711/", "4711/-1", "4711/+1", "4711/1.0", "4711/65536", "4711/x", "a\n/1", "a\x1b[m/1", "a\u202e/1", strings.Repeat("x", 255) + "/1"} {
		if l, err := ParseLineage(text); err == nil {
			t.Errorf("%q is read as %+v", text, l)
		}
	}
}

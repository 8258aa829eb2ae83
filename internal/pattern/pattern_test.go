package pattern_test

import (
	"sync"
	"testing"

	"github.com/belay-ci/belay/internal/pattern"
	"github.com/google/go-cmp/cmp"
)

func TestAPatternFindsWhatItsExpressionDoes(t *testing.T) {
	p := pattern.New(`(a+)(b)?`)
	if !p.MatchString("caab") || p.MatchString("cb") {
		t.Error("MatchString: want caab to match and cb not to")
	}
	if diff := cmp.Diff([]string{"aab", "aa", "b"}, p.FindStringSubmatch("caab")); diff != "" {
		t.Errorf("FindStringSubmatch (-want +got):\n%s", diff)
	}
	if got := p.ReplaceAllString("caab ad", "<$1>"); got != "c<aa> <a>d" {
		t.Errorf("ReplaceAllString: got %q", got)
	}
}

func TestAPatternIsCompiledOnce(t *testing.T) {
	p := pattern.New(`a+`)
	first := p.Regexp()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if p.Regexp() != first || !p.MatchString("baa") {
				t.Error("another user got another expression")
			}
		})
	}
	all.Wait()
}

func TestABadPatternPanicsWhenUsedAndNotBefore(t *testing.T) {
	p := pattern.New(`(`)
	defer func() {
		if recover() == nil {
			t.Error("want a panic")
		}
	}()
	p.MatchString("")
}

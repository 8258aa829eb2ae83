package forgetest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/forge"
)

// More powers that not every forge has.
type (
	noter interface {
		Note(ctx context.Context, number int, n forge.Note) error
	}
	guard interface {
		Protection(ctx context.Context, branch string) (forge.Protection, error)
	}
)

func note(t *testing.T, s Subject, n forge.Note) {
	t.Helper()
	if err := s.Forge.(noter).Note(t.Context(), 1, n); err != nil {
		t.Fatal(err)
	}
}

// firstLines are the first lines of what was commented.
func firstLines(s Subject) []string {
	var lines []string
	for _, text := range s.Comments(1) {
		line, _, _ := strings.Cut(text, "\n")
		lines = append(lines, line)
	}
	return lines
}

func notes(t *testing.T, s Subject) {
	if s.Say == nil {
		t.Skip("nobody keeps notes here")
	}
	open(t, s.Forge, ready)
	mark := "a `job` --> of <mine>"
	note(t, s, forge.Note{Text: "none yet", Mark: mark, Run: 1, Only: true})
	if got := s.Comments(1); len(got) != 0 {
		t.Fatalf("one that is only to be kept was made: %q", got)
	}
	note(t, s, forge.Note{Text: "first", Mark: mark, Run: 1})
	written := s.Comments(1)[0]
	if end := strings.Index(written, "-->"); end != len(written)-len("-->") {
		t.Errorf("its mark can be read: %q", written)
	}
	s.Say(1, written) // another user's with our mark
	for range 110 {   // more than a page
		s.Say(1, "as I said\n\n> "+written+"\n\nso there")
	}
	note(t, s, forge.Note{Text: "another", Mark: "b " + written, Run: 1})
	note(t, s, forge.Note{Text: "third", Mark: mark, Run: 3})
	note(t, s, forge.Note{Text: "third, retried", Mark: mark, Run: 3, Only: true})
	note(t, s, forge.Note{Text: "second, late", Mark: mark, Run: 2})
	got := firstLines(s)
	want := slices.Concat([]string{"third, retried", "first"}, slices.Repeat([]string{"as I said"}, 110), []string{"another"})
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func findsLostNote(t *testing.T, s Subject) {
	if s.LoseNote == nil {
		t.Skip("no answer to lose")
	}
	open(t, s.Forge, ready)
	for run, text := range []string{"made", "changed"} {
		s.LoseNote(1)
		note(t, s, forge.Note{Text: text, Mark: "m", Run: run})
		if got := firstLines(s); !slices.Equal(got, []string{text}) {
			t.Errorf("got %q", got)
		}
	}
}

func knowsProtection(t *testing.T, s Subject) {
	if s.Protect == nil {
		t.Skip("nothing is protected here")
	}
	for _, c := range []struct {
		name, branch string
		protect, let bool
		token        forge.Leave
	}{
		{"no rule", "topic", false, false, forge.Granted},
		{"a rule that lets the user push", "other", true, true, forge.Granted},
		{"a rule that does not", "main", true, false, forge.Refused},
	} {
		if c.protect {
			s.Protect(c.branch, c.let)
		}
		if s.Silent {
			c.token = forge.Unsaid
		}
		got, err := s.Forge.(guard).Protection(t.Context(), c.branch)
		if err != nil || len(got.Rules) > 0 != c.protect || got.Token != c.token {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if _, err := s.Forge.(guard).Protection(t.Context(), "no/such-branch"); err != nil && kindOf(err) == "" {
		t.Errorf("a missing branch: %v", err)
	}
}

package runner

import (
	"testing"

	"github.com/belay-ci/belay/gitops"
)

func TestAnAuthorIsReadAsGitReadsIt(t *testing.T) {
	for given, want := range map[string]gitops.Person{
		"Ada <ada@example.com>":          {Name: "Ada", Email: "ada@example.com"},
		"Ada Lovelace<ada@example.com> ": {Name: "Ada Lovelace", Email: "ada@example.com"},
		`"Lovelace, Ada" <ada@x.org>`:    {Name: "Lovelace, Ada", Email: "ada@x.org"},
		"Lovelace, Ada <ada@x.org>":      {Name: "Lovelace, Ada", Email: "ada@x.org"},
		"Release (CI) <ci@x.org>":        {Name: "Release (CI)", Email: "ci@x.org"},
		"Zoë <zoë@x.org>":                {Name: "Zoë", Email: "zoë@x.org"},
		"github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>": {
			Name: "github-actions[bot]", Email: "41898282+github-actions[bot]@users.noreply.github.com"},
		"Ada":                           {},
		"ada@example.com":               {},
		"<ada@example.com>":             {},
		"Ada <>":                        {},
		"Ada <ada>":                     {},
		"Ada <a@x.org> <b@x.org>":       {},
		"Ada <a@x.org> and more":        {},
		"Ada\nGrace <ada@x.org>":        {},
		"Ada <ada@x.org, grace@x.org >": {},
	} {
		got, err := readPerson(given)
		if got != want || (err != nil) != (want == gitops.Person{}) {
			t.Errorf("%q is %+v (%v), want %+v", given, got, err, want)
		}
	}
}

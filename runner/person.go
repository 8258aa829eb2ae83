package runner

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/runner/report"
)

// belayPerson is who commits where nobody else is named.
func belayPerson() gitops.Person { return gitops.Belay() }

// author reads `author: Name <address>`; without one, the commit's author is the GIT_AUTHOR_… of the environment, or whom
// the checkout's configuration names, as it would be for git, else belay.
func (c *conductor) author(ctx context.Context, given string) (gitops.Person, error) {
	if given == "" {
		env := environMap(c.job.Environ)
		if name, address := env["GIT_AUTHOR_NAME"], env["GIT_AUTHOR_EMAIL"]; name != "" && address != "" {
			return gitops.Person{Name: name, Email: address}, nil
		}
		if configured := c.job.Repository.ConfiguredAuthor(ctx); configured.Name != "" && configured.Email != "" {
			return configured, nil
		}
		return belayPerson(), nil
	}
	return readPerson(given)
}

// readPerson reads `Name <address>` as git does, which knows no more of an address than where it ends: bots have brackets in theirs.
func readPerson(given string) (gitops.Person, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(given), "<")
	address, closed := strings.CutSuffix(rest, ">")
	name = strings.TrimSpace(name)
	if inner, quoted := strings.CutPrefix(name, `"`); quoted {
		name = strings.TrimSuffix(inner, `"`)
	}
	if !closed || name == "" || !strings.Contains(address, "@") || strings.ContainsAny(address, "<> \t") || strings.ContainsFunc(given, unicode.IsControl) {
		return gitops.Person{}, fmt.Errorf("read author %q: write it as `Name <address>`", given)
	}
	return gitops.Person{Name: name, Email: address}, nil
}

// linked is commits as the report has them, with their pages where the forge has some.
func (c *conductor) linked(from []gitops.Commit) []report.Commit {
	var to []report.Commit
	for _, commit := range from {
		r := report.Commit{Hash: string(commit.Hash), Subject: c.job.Masks.String(commit.Subject), ID: commit.ID}
		if c.job.Forge != nil {
			r.URL = c.job.Forge.CommitURL(r.Hash)
		}
		to = append(to, r)
	}
	return to
}

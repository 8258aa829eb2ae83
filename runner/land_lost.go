package runner

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// tellLost tells what a landing that ended well did not keep or did not do.
func (c *conductor) tellLost(l landing, out gitops.Outcome) {
	say := func(format string, args ...any) {
		c.show(report.Noted{Warning: true, Text: c.job.Masks.String(l.report.Step + ": " + fmt.Sprintf(format, args...))})
	}
	for _, commit := range out.Unsigned {
		say("%s (%s) was signed, and lost its signature when it was replayed on %s. `integrate: rebase-or-merge` keeps it", commit.Hash.Short(), commit.Subject, l.branch)
	}
	for _, commit := range out.Resigned {
		say("%s (%s) was signed by somebody else; replayed on %s it carries %s's signature. `integrate: rebase-or-merge` keeps the first", commit.Hash.Short(), commit.Subject, l.branch, c.signer())
	}
	if len(out.TagsElsewhere) > 0 {
		say("somebody has moved the tag %s since this was landed; it stays where it is", strings.Join(out.TagsElsewhere, ", "))
	}
	if len(l.request.Tags) > 0 && len(out.Commits) == 0 {
		say("no tag was made, because nothing landed")
	}
}

// signer is who signs what belay makes, where anybody does.
func (c *conductor) signer() string {
	if c.job.Policy.Land.Via == policy.ByAPI {
		return "GitHub"
	}
	return "belay"
}

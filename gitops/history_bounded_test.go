package gitops

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/belay-ci/belay/policy"
)

// pages makes a branch that shares nothing with main, of so many old commits, and then one for each date and message.
func (s *shop) pages(old int, then ...dated) {
	s.t.Helper()
	var script strings.Builder
	commit := func(date int64, message string) {
		fmt.Fprintf(&script, "commit refs/heads/pages\ncommitter Ada <ada@example.invalid> %d +0000\ndata %d\n%s\n", date, len(message), message)
	}
	for n := range old {
		commit(1_500_000_000+int64(n), "old\n")
	}
	for _, d := range then {
		commit(d.at.Unix(), d.message)
	}
	s.feed(script.String(), "fast-import", "--quiet")
}

// dated is a commit that only says when it was made, and what.
type dated struct {
	at      time.Time
	message string
}

func TestTheLookAtAnUnrelatedBranchIsBounded(t *testing.T) {
	const most = 50
	now, longAgo := time.Now(), time.Unix(1_400_000_000, 0)
	landed := withBranch(run("land"))
	landed.Branch = "pages"
	own := "landed before\n\nBelay-Id: " + landed.ID() + "\n"
	row := slices.Repeat([]dated{{longAgo, "rival\n"}}, generations/2)
	const once, twice = generations + 3, 3*generations + 3
	tests := map[string]struct {
		then []dated
		want State
		read int    // commits, at most
		more string // of the server's configuration
	}{
		"under a rival's":                   {[]dated{{now, own}, {now, "rival\n"}}, AlreadyLanded, once, ""},
		"under one with a wrong date":       {[]dated{{now, own}, {longAgo, "rival\n"}, {now, "rival\n"}}, AlreadyLanded, twice, ""},
		"under a tip with a wrong date":     {[]dated{{now, own}, {longAgo, "rival\n"}}, AlreadyLanded, twice, ""},
		"its own date is wrong":             {[]dated{{longAgo, own}, {now, "rival\n"}}, AlreadyLanded, once, ""},
		"it is the tip, and its date wrong": {[]dated{{longAgo, own}}, AlreadyLanded, once, ""},
		"between wrong dates":               {[]dated{{now, "rival\n"}, {longAgo, "rival\n"}, {longAgo, own}, {longAgo, "rival\n"}}, AlreadyLanded, twice, ""},
		"under a row of wrong dates":        {append([]dated{{now, own}}, row...), AlreadyLanded, twice, ""},
		"of a server without filters":       {[]dated{{now, own}, {longAgo, "rival\n"}, {now, "rival\n"}}, AlreadyLanded, twice, "uploadpack.allowFilter=false"},
		"not there":                         {[]dated{{now, "rival\n"}}, Landed, once, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			s.pages(4*generations, test.then...)
			if key, value, ok := strings.Cut(test.more, "="); ok {
				s.git("config", key, value)
			}
			r := s.open()
			r.most = most
			s.write(map[string]string{"new.txt": "x\n"})
			o, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: "pages", Identity: run("land"), Committer: ada})
			if err != nil {
				t.Fatal(err)
			}
			s.want(o, test.want)
			for key, span := range r.spans {
				if len(span.commits) > test.read {
					t.Errorf("read %d commits since %s, at most %d", len(span.commits), key.since, test.read)
				}
			}
			s.sound()
		})
	}
}

// What is too long to be looked through is not taken for a branch on which nothing landed.
func TestOfAnEndlessBranchNobodyKnowsWhatLanded(t *testing.T) {
	s := newShop(t, "--depth=1")
	s.pages(0, slices.Repeat([]dated{{time.Now(), "rival\n"}}, 40)...)
	r := s.open()
	r.most, r.longest = 10, 20
	before := s.git("rev-parse", "pages")
	s.write(map[string]string{"new.txt": "x\n"})
	_, err := r.Land(t.Context(), s.stage(r), LandRequest{Branch: "pages", Identity: run("land"), Committer: ada})
	if kindOf(err) != policy.GitUnknown || !strings.Contains(err.Error(), "moved too far") {
		t.Errorf("%s: %v", kindOf(err), err)
	}
	if after := s.git("rev-parse", "pages"); after != before {
		t.Errorf("pages moved to %s", after)
	}
}

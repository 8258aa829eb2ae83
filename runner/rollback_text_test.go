package runner

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// bodies is a forge that takes bodies of some length, and does nothing else.
type bodies struct {
	Forge
	most int
}

func (b bodies) MaxBody() int { return b.most }

// hostile is what steps, colleagues and strangers may write. s3cr3t is a secret.
const hostile = "</details><script>alert(1)</script> @everyone closes #1, GH-2, !3 [x](https://evil.example) `code` **bold** ![i](http://evil.example/i.png)\x1b[31mred\x1b[0m token s3cr3t"

// lines of a log that try what works at the start of a line.
const hostileLog = "::set-env name=PATH::/evil\n##[error]gone\n::add-mask::x\n/close\n```\n</details>\n# heading\n| a | b |\nhttps://user:s3cr3t@evil.example\n\u202eright to left\n"

func TestHostileTextIsHarmlessInWhatARollbackProposes(t *testing.T) {
	masks := &process.Masks{}
	masks.Add("s3cr3t")
	for name, c := range map[string]struct {
		most int
		log  string
	}{
		"as-it-comes":        {65536, hostileLog},
		"mebibyte-on-github": {65536, hostileLog + strings.Repeat("x", 1<<20)},
		"mebibyte-on-gitlab": {1 << 20, hostileLog + strings.Repeat("x", 1<<20)},
		"lines-on-gitea":     {65536, strings.Repeat(strings.Repeat("y", 4000)+"\n", 100) + hostileLog},
	} {
		t.Run(name, func(t *testing.T) {
			job := Job{Steps: &spec.Steps{}, Policy: &spec.Policy{}, Masks: masks, Forge: bodies{most: c.most}}
			con := &conductor{job: job, run: report.Run{URL: "https://ci.example/run/7"}}
			p := progress{
				rows: []report.Step{{ID: "smoke", Attempts: []report.Attempt{{Tail: c.log}}}},
				failure: &failedStep{id: "smoke", failure: policy.Failure{
					Kind: "shop.down", Message: hostile,
				}},
			}
			l := landed{branch: "main`|@all", commits: []gitops.Commit{{Hash: gitops.ID(strings.Repeat("a", 40)), Subject: hostile}}}
			made := gitops.Reversal{Later: []gitops.Later{{Commit: gitops.Commit{Hash: gitops.ID(strings.Repeat("b", 40)), Subject: hostile}}}}
			verified := &report.Verification{Step: "verify-1", Message: hostile, Steps: []report.Step{{ID: "verify-1", Name: hostile, Conclusion: report.StatusFailure, Attempts: []report.Attempt{{Tail: hostileLog}}}}}
			title, body := con.rollbackTitle(p, l, target{}), con.rollbackBody(p, l, target{}, made, verified)
			for what, text := range map[string]string{"title": title, "body": body} {
				if strings.Contains(text, "s3cr3t") || strings.Contains(text, "\x1b") || strings.Contains(text, "\u202e") || !utf8.ValidString(text) {
					t.Errorf("the %s holds a secret, a terminal sequence, a change of direction or no UTF-8", what)
				}
				if command := regexp.MustCompile(`(?m)^\s*::|##\[`).FindString(text); command != "" {
					t.Errorf("the %s holds the workflow command %q", what, command)
				}
			}
			if n := len(utf16.Encode([]rune(body))); n > c.most { // the strictest way a forge may count
				t.Errorf("the body has %d characters of at most %d", n, c.most)
			}
			if n := utf8.RuneCountInString(title); n > 255 || strings.Contains(title, "\n") {
				t.Errorf("the title has %d characters, or more than one line", n)
			}
			goldenBody(t, "rollback-"+name+".md", "title: "+title+"\n\n"+body)
		})
	}
}

// runs of one character are told by their length in a golden.
func shortenRuns(text string) string {
	for _, char := range []string{"x", "y"} {
		text = regexp.MustCompile(char+"{1000,}").ReplaceAllStringFunc(text, func(run string) string { return fmt.Sprintf("{%s times %d}", char, len(run)) })
	}
	return text
}

func goldenBody(t *testing.T, name, got string) {
	t.Helper()
	got = shortenRuns(got)
	path := filepath.Join("..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run with -update when this is meant (-want +got):\n%s", diff)
	}
}

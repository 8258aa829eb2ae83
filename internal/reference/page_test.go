package reference

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/policy"
)

// anchors returns every place of the page that a link can point to, as GitHub has them: the ids that are written,
// and those that headings get.
func anchors(text string) []string {
	var found []string
	for _, id := range regexp.MustCompile(`<a id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		found = append(found, id[1])
	}
	for _, title := range regexp.MustCompile(`(?m)^#+ ([^<\n]+)$`).FindAllStringSubmatch(outsideBlocks(text), -1) {
		found = append(found, slug(title[1]))
	}
	return found
}

// outsideBlocks leaves out the code blocks, in which # begins a comment.
func outsideBlocks(text string) string {
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(text, "")
}

func TestEveryKindHasItsAnchor(t *testing.T) {
	found := anchors(Page(nil))
	for _, info := range policy.Kinds() {
		if !slices.Contains(found, Anchor(info.Kind)) {
			t.Errorf("the page has no anchor %q", Anchor(info.Kind))
		}
	}
	if got := Anchor("git.conflict"); got != "git-conflict" {
		t.Errorf("git.conflict has the anchor %q: links to it are out in the world", got)
	}
	if got := Anchor("smoke.unhealthy"); !slices.Contains(found, got) {
		t.Errorf("an author's own kind has the anchor %q, which the page has not", got)
	}
}

func TestEveryLinkOfThePageLeadsSomewhere(t *testing.T) {
	text := Page([]Command{{Path: "belay fail"}, {Path: "belay simulate"}, {Path: "belay test"}})
	found := anchors(text)
	for i, anchor := range found {
		if slices.Contains(found[:i], anchor) {
			t.Errorf("two places have the anchor %q", anchor)
		}
	}
	links := regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 10 {
		t.Fatalf("found %d links", len(links))
	}
	for _, link := range links {
		if !slices.Contains(found, link[1]) {
			t.Errorf("nothing has the anchor %q", link[1])
		}
	}
}

func TestTablesKeepTheirCells(t *testing.T) {
	p := &page{}
	p.table([]string{"a", "b"}, [][]string{{code("x || y"), "two\nlines"}})
	want := "| a | b |\n| --- | --- |\n| `x \\|\\| y` | two lines |\n\n"
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if strings.Count(code("a `b`"), "``") != 2 {
		t.Errorf("a backtick ends the code: %s", code("a `b`"))
	}
}

package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	unknown := success()
	unknown.Result, unknown.ExitCode = Failed, ExitUnknown
	unknown.Landings[0].Outcome, unknown.Landings[0].Kind = "unknown", "git.unknown"
	unknown.Failure = &Failure{Step: "land", Kind: "git.unknown", Message: "the remote can't be read"}
	for name, r := range map[string]Report{
		"success": success(), "recovered": recovered(), "rolled-back": rolledBack(), "rollback-failed": rollbackFailed(),
		"unknown": unknown, "hostile": hostile(), "nothing": {Result: Cancelled},
	} {
		t.Run(name, func(t *testing.T) { golden(t, "report-"+name+".md", Markdown(r)) })
	}
}

func TestMarkdownLetsNoForeignMarkupThrough(t *testing.T) {
	// Inside <pre> only HTML counts, and that is looked at below.
	text := regexp.MustCompile(`(?s)<pre>.*?</pre>`).ReplaceAllString(Markdown(hostile()), "")
	for _, bad := range []string{"<script", "\x1b", "\x00", "\u202e", "@everyone", "javascript:", "](https://evil", "\n::error", " `", "a`"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	text = Markdown(hostile())
	for _, bad := range []string{"<script", "\x1b", "\x00", "\u202e"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	for _, tag := range []string{"details", "pre", "code", "a", "sub", "summary", "table", "tr", "th", "td"} {
		opened := strings.Count(text, "<"+tag+">") + strings.Count(text, "<"+tag+" ")
		if closed := strings.Count(text, "</"+tag+">"); opened != closed {
			t.Errorf("<%s> is opened %d and closed %d times", tag, opened, closed)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 6 {
			t.Errorf("a row has more or fewer cells: %s", line)
		}
	}
}

func TestAStepsOwnSummaryIsMarkdownAndComesLast(t *testing.T) {
	r := success()
	r.Steps[0].Name, r.Steps[0].Summary = "Build *it*", "| a table |\n|---|\n<details>\n"
	if text := Markdown(r); !strings.HasSuffix(text, "</sub>\n\n### Build &#42;it&#42;\n\n| a table |\n|---|\n<details>\n") {
		t.Errorf("the end is %q", text[max(0, len(text)-200):])
	}
}

func TestAdviceShowsItsCode(t *testing.T) {
	for text, want := range map[string]string{
		"Raise the step's `timeout`, or `total-timeout`.": "Raise the step&#39;s <code>timeout</code>, or <code>total-timeout</code>.",
		"an odd ` one": "an odd &#96; one",
		"`<b>` @all":   "<code>&#60;b&#62;</code> &#64;&#8203;all",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestANoteMentionsAndCommandsNobody(t *testing.T) {
	r := rolledBack()
	r.Failure.Message = "@all see #1, !2, %3 and &4"
	r.Steps[0].Summary = "/merge\n@everyone\n"
	text := html.UnescapeString(Note(r, 1<<20))
	for _, bad := range []string{"@all", "@everyone", "#1", "!2", "%3", "&4", "/merge"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q gets through", bad)
		}
	}
	if !strings.Contains(text, "@\u200ball see #\u200b1, !\u200b2, %\u200b3 and &\u200b4") {
		t.Errorf("the failure is not as it was said:\n%s", text)
	}
	if short := Note(r, 700); len(short) > 800 || !strings.Contains(short, "Left out for want of room: ") {
		t.Errorf("%d bytes: %s", len(short), short)
	}
}

func TestMarkdownStaysUnderTheHostsLimit(t *testing.T) {
	r := rolledBack()
	for i := range 200 {
		r.Steps = append(r.Steps, Step{ID: fmt.Sprintf("s%d", i), Attempts: []Attempt{{Status: StatusFailure, Kind: "step.exit", Tail: strings.Repeat("<&>\n", 16<<10)}}})
	}
	text := Markdown(r)
	if len(text) >= 1<<20 {
		t.Errorf("%d bytes", len(text))
	}
	if !strings.Contains(text, "pull/12") || !strings.Contains(text, "\nLeft out for want of room: ") {
		t.Error("the essence or the note on what is left out is missing")
	}
	if strings.Count(text, "<pre>") != strings.Count(text, "</pre>") {
		t.Error("a block is cut in its middle")
	}
}

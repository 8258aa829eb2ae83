package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"
)

//go:embed page
var pageFiles embed.FS

// maxPageTail is how much of an attempt's output the page shows. It holds every attempt's, not only the failed ones'.
const maxPageTail = 64 << 10

// pageTemplate is what lays out the page. It is read when it is first needed.
var pageTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("page.html").Funcs(template.FuncMap{"prose": prose}).ParseFS(pageFiles, "page/page.html")
})

// HTML renders the report as one page that needs nothing else: no other file, no network, and no scripts, which only
// add a filter to it. All foreign text is escaped, and a policy in the page keeps it from loading or running anything.
func HTML(r Report) ([]byte, error) {
	t, err := pageTemplate()
	if err != nil {
		return nil, fmt.Errorf("write report as HTML: %w", err)
	}
	view, err := pageOf(r)
	if err != nil {
		return nil, fmt.Errorf("write report as HTML: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("write report as HTML: %w", err)
	}
	return out.Bytes(), nil
}

// page is what the template lays out. Its texts are plain: the template escapes them.
type page struct {
	Style              template.CSS
	Script             template.JS
	StyleSum, LogicSum string // for the page's own security policy
	Tone               string // "good", "warn", "bad" or "idle"
	Verdict            Verdict
	Link               string // what the page's button says
	Facts              []fact
	Branches           []branchPicture
	Timeline           timeline
	Steps              []pageStep
	Rollback           Rollback
	Failures           int // steps that failed or recovered: the filter offers them
	Recovered          int
}

// fact is a line of the small print.
type fact struct{ Name, Text, URL string }

// pageStep is a step's visit.
type pageStep struct {
	Step
	Anchor   string
	Heading  string
	Tone     string
	Word     string // how it ended, in a word
	Took     string
	Open     bool
	Attempts []pageAttempt
	Landing  []string
	Outcome  string
}

// pageAttempt is an attempt.
type pageAttempt struct {
	Attempt
	Number   int
	Tone     string
	Word     string
	Took     string
	After    string // when it began, from the run's beginning
	Cause    string
	Log      string
	Why      []string // why belay did what it did then
	Decision string
}

func pageOf(r Report) (page, error) {
	style, err := pageFiles.ReadFile("page/page.css")
	if err != nil {
		return page{}, err
	}
	script, err := pageFiles.ReadFile("page/page.js")
	if err != nil {
		return page{}, err
	}
	p := page{
		Style: template.CSS(style), Script: template.JS(script), StyleSum: digest(style), LogicSum: digest(script),
		Tone: tone(r), Verdict: r.Verdict(), Link: r.linkText(), Facts: facts(r), Branches: pictures(r), Timeline: timelineOf(r), Rollback: shownRollback(r.rollback()),
	}
	p.Verdict.Link = safeURL(p.Verdict.Link)
	for _, lines := range [][]Line{p.Verdict.Did, p.Verdict.Branch} {
		for i := range lines {
			lines[i].URL = safeURL(lines[i].URL)
		}
	}
	for i, s := range r.Steps {
		step := stepOf(r, s, i)
		switch step.Tone {
		case "bad":
			p.Failures++
		case "warn":
			p.Recovered++
		}
		p.Steps = append(p.Steps, step)
	}
	return p, nil
}

// digest is how a Content-Security-Policy names an inline script or style (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func tone(r Report) string {
	switch {
	case r.Result == Success && r.Recovered:
		return "warn"
	case r.Result == Success:
		return "good"
	case r.Result == Cancelled:
		return "idle"
	}
	return "bad"
}

// linkText says where the one link leads.
func (r Report) linkText() string {
	b := r.rollback()
	switch r.link() {
	case "":
		return ""
	case OneLine(b.URL):
		return fmt.Sprintf("Open pull request #%d", b.Number)
	case OneLine(b.CompareURL):
		return "Open the pull request by hand"
	case OneLine(r.rerun().URL):
		return "Open the new run"
	case OneLine(r.lastLanded().URL):
		return "Open commit " + r.lastLanded().Short()
	}
	return "Open the run"
}

func facts(r Report) []fact {
	run := r.Run
	var all []fact
	add := func(name, text, url string) {
		if text = OneLine(text); text != "" {
			all = append(all, fact{name, text, safeURL(url)})
		}
	}
	add("Run", run.ID, run.URL)
	add("Repository", run.Repository, "")
	add("Branch", run.Branch, "")
	add("From", Short(run.Commit), "")
	add("Steps", run.StepsFile, "")
	add("Policy", run.Policy, "")
	if !run.Started.IsZero() {
		add("Began", run.Started.UTC().Format("2006-01-02 15:04:05 UTC"), "")
		add("Took", Duration(run.Ended.Sub(run.Started)), "")
	}
	add("Exit code", fmt.Sprint(r.ExitCode), "")
	return all
}

// safeURL is an address a browser may follow, or nothing.
func safeURL(url string) string {
	url = OneLine(url)
	if strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://") {
		return url
	}
	return ""
}

func stepOf(r Report, s Step, i int) pageStep {
	step := pageStep{
		Step: s, Anchor: fmt.Sprintf("step-%d", i+1), Heading: visitTitle(s), Took: span(s.Started, s.Ended),
	}
	step.Tone, step.Word = stepTone(s)
	step.Open = step.Tone == "bad"
	for _, a := range s.Attempts {
		step.Attempts = append(step.Attempts, attemptOf(r, a))
	}
	step.Why, step.Outputs = OneLine(s.Why), nil
	for name, value := range s.Outputs {
		if step.Outputs == nil {
			step.Outputs = map[string]string{}
		}
		step.Outputs[OneLine(name)] = Plain(value)
	}
	if s.Decision != nil {
		step.Outcome = strings.Join(s.Decision.Why(), " ")
	}
	for _, l := range r.Landings {
		if l.Step == s.Ref() && !l.Started.Before(s.Started) && !l.Ended.After(s.Ended) {
			step.Landing = append(step.Landing, landingLines(l)...)
		}
	}
	return step
}

// landingLines tells a landing from the first lost race to its end.
func landingLines(l Landing) []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, OneLine(fmt.Sprintf(format, args...))) }
	for _, race := range l.Races {
		add("Another writer moved %s to %s first; belay waited %s, merged and pushed again.", l.Where(), Short(race.Tip), Duration(race.Wait))
	}
	switch {
	case l.Message != "":
		add("%s on %s: %s", l.Outcome, l.Where(), l.Message)
	case l.landed():
		for _, c := range l.Commits {
			add("%s has %s %s.", l.Where(), c.Short(), c.Subject)
		}
	default:
		add("%s on %s.", l.Outcome, l.Where())
	}
	for _, s := range l.Structured {
		add("%s.", s)
	}
	for _, path := range l.Paths {
		add("Conflict in %s.", path)
	}
	return all
}

func stepTone(s Step) (tone, word string) {
	switch {
	case s.Conclusion == StatusSkipped:
		return "idle", "skipped"
	case s.Conclusion == StatusCancelled:
		return "idle", "cancelled"
	case s.Conclusion == StatusFailure:
		return "bad", "failed"
	case s.Outcome == StatusFailure:
		return "warn", "failed, went on"
	case len(s.Attempts) > 1:
		return "warn", "recovered"
	}
	return "good", "succeeded"
}

func attemptOf(r Report, a Attempt) pageAttempt {
	out := pageAttempt{
		Attempt: a, Number: a.N + 1, Took: span(a.Started, a.Ended), Log: strings.TrimRight(Plain(lastBytes(a.Tail, maxPageTail)), "\n"),
	}
	if !a.Started.IsZero() {
		out.After = "+" + Duration(a.Started.Sub(r.Run.Started))
	}
	switch a.Status {
	case StatusSuccess:
		out.Tone, out.Word = "good", "succeeded"
	case StatusCancelled:
		out.Tone, out.Word = "idle", "cancelled"
	default:
		out.Tone, out.Word, out.Cause = "bad", "failed", a.Cause()
	}
	if a.Decision != nil {
		out.Decision, out.Why = a.Decision.String(), a.Decision.Why()
	}
	return out
}

func span(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return Duration(to.Sub(from))
}

// shownRollback is what the page shows of a rollback, with no control character in it.
func shownRollback(b Rollback) Rollback {
	shown := Rollback{Body: Plain(b.Body), Outcome: b.Outcome}
	for _, path := range b.Paths {
		shown.Paths = append(shown.Paths, OneLine(path))
	}
	for _, command := range b.Commands {
		shown.Commands = append(shown.Commands, OneLine(command))
	}
	for _, c := range b.Later {
		shown.Later = append(shown.Later, Commit{Hash: c.Hash, Subject: OneLine(c.Subject), URL: safeURL(c.URL)})
	}
	return shown
}

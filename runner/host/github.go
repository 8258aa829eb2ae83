package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"

	"github.com/belay-ci/belay/runner/report"
)

// github is a GitHub Actions job, or one of a system that speaks its protocol (Gitea, Forgejo).
// Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
type github struct {
	facts   Facts
	screen  *screen
	log     Log
	lines   lines
	actions *githubactions.Action
	marks   *annotations
	outputs string // the file GITHUB_OUTPUT names
	summary string // the file GITHUB_STEP_SUMMARY names
	section section
	finish  sync.Once
}

func onGitHub(getenv func(string) string) bool { return getenv("GITHUB_ACTIONS") == "true" }

func newGitHub(getenv func(string) string, log Log) *github {
	g := &github{screen: &screen{out: log.Out}, log: log, outputs: getenv("GITHUB_OUTPUT"), summary: getenv("GITHUB_STEP_SUMMARY")}
	g.section.none = log.Detail == Quiet
	g.actions = githubactions.New(githubactions.WithWriter(g.screen))
	g.marks = &annotations{out: g.screen}
	c := jobContext(getenv)
	f := Facts{
		Name: "github", Forge: forgeOnGitHub(getenv), Repository: c.Repository, ServerURL: c.ServerURL, APIURL: c.APIURL,
		Commit: c.SHA, RunID: getenv("GITHUB_RUN_ID"), RunAttempt: max(1, int(c.RunAttempt)), Job: c.Job,
		Matrix: compact(getenv("BELAY_MATRIX")), Workspace: c.Workspace, Temp: getenv("RUNNER_TEMP"),
		EventName: c.EventName, Actor: c.Actor, Untrusted: isUntrusted(c), Debug: getenv("RUNNER_DEBUG") == "1",
	}
	switch {
	case c.HeadRef != "":
		f.Branch = c.HeadRef // GITHUB_REF_NAME is "7/merge" there
	case c.RefType == "branch":
		f.Branch = c.RefName
	}
	f.Base = base(c)
	f.Lineage, f.Again = lineageOnGitHub(c, getenv), againOnGitHub(c, getenv, f.Matrix)
	if f.Repository != "" {
		f.RemoteURL = f.ServerURL + "/" + f.Repository
		f.RunURL = f.RemoteURL + "/actions/runs/" + f.RunID
		if f.RunAttempt > 1 {
			f.RunURL += "/attempts/" + strconv.Itoa(f.RunAttempt)
		}
	}
	g.facts = withTokens(f, getenv, credential{"GITHUB_TOKEN", "x-access-token"})
	g.lines = log.lines(f)
	return g
}

// forgeOnGitHub tells GitHub from the systems that speak its protocol. Gitea's runner says GITEA_ACTIONS, Forgejo's both.
func forgeOnGitHub(getenv func(string) string) string {
	if getenv("GITEA_ACTIONS") == "true" || getenv("FORGEJO_ACTIONS") == "true" {
		return "gitea"
	}
	return "github"
}

// jobContext reads the job's variables and its event. An event that can't be read is left out: isUntrusted takes that for
// the worst.
func jobContext(getenv func(string) string) *githubactions.GitHubContext {
	c, _ := githubactions.New(githubactions.WithGetenv(getenv)).Context()
	if c == nil {
		c, _ = githubactions.New(githubactions.WithGetenv(func(name string) string {
			if name == "GITHUB_EVENT_PATH" {
				return ""
			}
			return getenv(name)
		})).Context()
	}
	return c
}

// isUntrusted reports whether the event came from somebody without write access, or may have: a pull request from a
// fork, or an event that runs with the base's rights on behalf of one.
// https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout
func isUntrusted(c *githubactions.GitHubContext) bool {
	switch c.EventName {
	case "pull_request_target", "workflow_run":
		return true
	case "pull_request", "pull_request_review", "pull_request_review_comment":
		pull, _ := c.Event["pull_request"].(map[string]any)
		head, _ := pull["head"].(map[string]any)
		repository, _ := head["repo"].(map[string]any)
		name, _ := repository["full_name"].(string)
		return name == "" || name != c.Repository
	}
	return false
}

// base is the branch a pull request is to go to. A workflow_run runs as the default branch has it.
func base(c *githubactions.GitHubContext) string {
	if c.EventName == "workflow_run" {
		return c.RefName
	}
	if c.BaseRef != "" {
		return c.BaseRef
	}
	pull, _ := c.Event["pull_request"].(map[string]any)
	base, _ := pull["base"].(map[string]any)
	ref, _ := base["ref"].(string)
	return ref
}

// compact puts toJSON(matrix) on one line; a job without a matrix has "null".
func compact(matrix string) string {
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(matrix)); err != nil || out.String() == "null" {
		return ""
	}
	return out.String()
}

// Facts returns what the job's variables and its event say.
func (g *github) Facts() Facts { return g.facts }

// Output returns the log's two streams. A step's own red annotations wait there until its attempt is over. What a step
// hides, the rest of the job must not show: the runner hears of it in a quiet log too.
func (g *github) Output() (stdout, stderr io.Writer) {
	stdout, stderr = g.log.output()
	var mask func([]byte)
	if g.log.Detail == Quiet {
		mask = func(line []byte) {
			g.screen.mu.Lock()
			defer g.screen.mu.Unlock()
			g.screen.print(string(line))
		}
	}
	return &commandStream{out: stdout, marks: g.marks, mask: mask}, &commandStream{out: stderr, marks: g.marks, mask: mask}
}

// Show writes plain lines. Every attempt's output is a group; a step that recovered leaves a warning on the run's
// page, and the run's failure leaves one error.
func (g *github) Show(e report.Event) {
	g.screen.mu.Lock()
	defer g.screen.mu.Unlock()
	// The runner takes "##[" for a command anywhere in a line, "::" only at its start, where ours have a sign.
	text := strings.ReplaceAll(g.lines.render(e), "##[", "## [")
	g.marks.before(e)
	g.section.around(e, g.screen, text, func(title string) { g.actions.Group(report.OneLine(title)) }, g.actions.EndGroup)
	switch e := e.(type) {
	case report.StepEnded:
		g.warnRecovered(e.Step)
	case report.Noted:
		if e.Warning {
			g.annotate("warning", "belay", report.OneLine(e.Text))
		}
	case report.RunEnded:
		if e.Report.Result == report.Failed {
			v := e.Report.Verdict()
			g.annotate("error", "belay: "+v.Headline, errorText(v))
		}
	}
}

func (g *github) warnRecovered(s report.Step) {
	var causes []string
	for _, a := range s.Attempts {
		if a.Status == report.StatusFailure {
			causes = append(causes, a.Cause())
		}
	}
	if s.Conclusion == report.StatusSuccess && len(causes) > 0 {
		g.annotate("warning", "belay: "+s.Title()+" recovered", strings.Join(causes, "\n"))
	}
}

// maxAnnotation is what GitHub keeps of an annotation.
const maxAnnotation = 4096

func (g *github) annotate(level, title, text string) {
	if len(text) > maxAnnotation {
		text = strings.ToValidUTF8(text[:maxAnnotation-len("…")], "") + "…"
	}
	if !g.marks.count(level, maxAnnotations) {
		return // the log has the same in words
	}
	g.actions.IssueCommand(&githubactions.Command{
		Name: level, Message: text, Properties: githubactions.CommandProperties{"title": report.OneLine(title)},
	})
}

func errorText(v report.Verdict) string {
	rows := []string{v.Failed, v.Said}
	for _, did := range v.Did {
		rows = append(rows, "belay "+did.Text)
	}
	for _, now := range v.Branch {
		rows = append(rows, "On the branch: "+now.Text)
	}
	rows = append(append(rows, v.Next...), v.Help, v.Link)
	return strings.Join(slices.DeleteFunc(rows, func(row string) bool { return row == "" }), "\n")
}

// Mask hides a secret, line by line, and the forms it takes in a Basic header.
func (g *github) Mask(secret string) {
	g.screen.mu.Lock()
	defer g.screen.mu.Unlock()
	for _, form := range maskForms(g.facts.User, secret) {
		g.actions.AddMask(form)
	}
}

// Finish appends the outputs to GITHUB_OUTPUT and the summary to GITHUB_STEP_SUMMARY, each where the runner gave one.
func (g *github) Finish(r report.Report) (err error) {
	g.finish.Do(func() {
		err = errors.Join(g.writeOutputs(r), g.writeSummary(r))
	})
	return err
}

func (g *github) writeOutputs(r report.Report) error {
	if g.outputs == "" {
		return nil
	}
	text, err := heredocs(r, newDelimiter())
	if err != nil {
		return err
	}
	if err := appendLines(g.outputs, text); err != nil {
		return fmt.Errorf("write outputs: %w", err)
	}
	return nil
}

// maxSummary is what GitHub takes; a longer summary is dropped whole.
const maxSummary = 1 << 20

func (g *github) writeSummary(r report.Report) error {
	if g.summary == "" {
		return nil
	}
	text := report.MarkdownWithin(r, maxSummary-size(g.summary)-4<<10)
	if err := appendLines(g.summary, text); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

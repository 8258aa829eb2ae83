package host

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/belay-ci/belay/runner/report"
)

// jenkins is a Jenkins build. Variables: https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
// and those of the Git and Branch Source plugins.
type jenkins struct {
	facts  Facts
	screen *screen
	log    Log
	lines  lines
	path   string // the properties file
	finish sync.Once
}

func onJenkins(getenv func(string) string) bool {
	return getenv("JENKINS_URL") != "" || getenv("BUILD_URL") != "" && getenv("BUILD_TAG") != ""
}

func newJenkins(getenv func(string) string, log Log) *jenkins {
	remote := plainRemote(getenv("GIT_URL"))
	server, repository := splitRemote(remote)
	event := "build"
	if getenv("CHANGE_ID") != "" {
		event = "change"
	}
	f := Facts{
		Name: "jenkins", Repository: repository, ServerURL: server, RemoteURL: remote,
		Branch: jenkinsBranch(getenv), Commit: getenv("GIT_COMMIT"), Earlier: true, // a stage that is run once more may check out anew
		Base:  getenv("CHANGE_TARGET"),
		RunID: first(getenv, "BUILD_TAG", "BUILD_ID"), RunAttempt: 1, RunURL: getenv("BUILD_URL"), Job: getenv("JOB_NAME"),
		Matrix:    getenv("STAGE_NAME"), // stages of one build may run belay side by side
		Workspace: getenv("WORKSPACE"), Temp: first(getenv, "WORKSPACE_TMP", "TMPDIR", "TEMP"),
		Lineage: lineage(getenv), EventName: event, Actor: first(getenv, "BUILD_USER_ID", "CHANGE_AUTHOR"),
		Untrusted: getenv("CHANGE_FORK") != "", Debug: getenv("BELAY_DEBUG") != "",
	}
	f.ReportDir = filepath.Join(f.Workspace, reportFolder)
	return &jenkins{
		facts:  withTokens(f, getenv, credential{"GIT_PASSWORD", first(getenv, "GIT_USERNAME")}),
		screen: &screen{out: log.Out}, log: log, lines: log.lines(f),
		path: outputsFile(getenv, f.Workspace, "belay.properties"),
	}
}

// jenkinsBranch prefers what names a branch for sure: in a change's build BRANCH_NAME is the change (PR-7), and
// GIT_BRANCH carries the remote's name.
func jenkinsBranch(getenv func(string) string) string {
	if branch := getenv("GIT_LOCAL_BRANCH"); branch != "" && branch != "detached" {
		return branch
	}
	if branch := first(getenv, "CHANGE_BRANCH", "BRANCH_NAME"); branch != "" {
		return branch
	}
	branch := strings.TrimPrefix(getenv("GIT_BRANCH"), "origin/")
	if branch == "detached" {
		return ""
	}
	return branch
}

// Facts returns what the build's variables say. Jenkins does not count re-runs: each has its own build number.
func (j *jenkins) Facts() Facts { return j.facts }

// Show writes plain lines: Jenkins has no folding of its own.
func (j *jenkins) Show(e report.Event) {
	j.screen.mu.Lock()
	defer j.screen.mu.Unlock()
	j.screen.print(j.lines.render(e))
}

// Output returns the log's two streams.
func (j *jenkins) Output() (stdout, stderr io.Writer) { return j.log.output() }

// Mask does nothing: Jenkins masks what its credentials binding knows. All text in events is masked already.
func (j *jenkins) Mask(string) {}

// Finish writes the outputs as a Java properties file, for readProperties: BELAY_OUTPUTS_FILE, else
// belay.properties in the workspace.
func (j *jenkins) Finish(r report.Report) (err error) {
	j.finish.Do(func() {
		var text strings.Builder
		for _, o := range report.Outputs() {
			fmt.Fprintf(&text, "%s=%s\n", o.Name, escapeProperty(o.Value(r)))
		}
		if err = os.WriteFile(j.path, []byte(text.String()), 0o644); err != nil {
			err = fmt.Errorf("write outputs: %w", err)
		}
	})
	return err
}

// escapeProperty writes a value as java.util.Properties.load reads it: Latin-1 with escapes.
func escapeProperty(value string) string {
	var out strings.Builder
	for i, r := range value {
		switch {
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\\' || i == 0 && (r == ' ' || r == '\f'):
			out.WriteRune('\\')
			out.WriteRune(r)
		case r < ' ' || r > '~':
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

package host

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/belay-ci/belay/runner/report"
)

// gitlab is a GitLab CI job. Variables: https://docs.gitlab.com/ci/variables/predefined_variables/
type gitlab struct {
	facts   Facts
	screen  *screen
	log     Log
	lines   lines
	path    string // the dotenv file
	section section
	count   int
	finish  sync.Once
}

// maxDotenv is the size a dotenv report may have: https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
const maxDotenv = 5 << 10

func onGitLab(getenv func(string) string) bool { return getenv("GITLAB_CI") == "true" }

func newGitLab(getenv func(string) string, log Log) *gitlab {
	f := Facts{
		Name: "gitlab", Forge: "gitlab", Repository: getenv("CI_PROJECT_PATH"),
		ServerURL: strings.TrimSuffix(getenv("CI_SERVER_URL"), "/"), APIURL: getenv("CI_API_V4_URL"),
		Branch: first(getenv, "CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"), Commit: getenv("CI_COMMIT_SHA"),
		Base:  first(getenv, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"),
		RunID: getenv("CI_PIPELINE_ID"), RunAttempt: 1, RunURL: first(getenv, "CI_JOB_URL", "CI_PIPELINE_URL"),
		// The name of a parallel or matrix job tells its instance: "deploy 2/3", "deploy: [eu, prod]".
		Job: getenv("CI_JOB_NAME"), Lineage: lineage(getenv), Again: againOnGitLab(getenv),
		Workspace: getenv("CI_PROJECT_DIR"), Temp: first(getenv, "TMPDIR", "TEMP"),
		EventName: getenv("CI_PIPELINE_SOURCE"), Actor: getenv("GITLAB_USER_LOGIN"), Debug: getenv("CI_DEBUG_TRACE") == "true",
	}
	if address := getenv("CI_PROJECT_URL"); address != "" {
		f.RemoteURL = plainRemote(address) + ".git"
	}
	f.Review, _ = strconv.Atoi(getenv("CI_MERGE_REQUEST_IID"))
	source := getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
	f.Untrusted = source != "" && source != f.Repository || f.EventName == "external_pull_request_event"
	f.ReportDir = filepath.Join(f.Workspace, reportFolder)
	return &gitlab{
		facts: withTokens(f, getenv,
			credential{"GITLAB_TOKEN", "oauth2"}, credential{"CI_JOB_TOKEN", "gitlab-ci-token"}),
		screen: &screen{out: log.Out}, log: log, lines: log.lines(f),
		path: outputsFile(getenv, f.Workspace, "belay.env"), section: section{none: log.Detail == Quiet},
	}
}

// reportFolder is where the report goes on a host that keeps files of the workspace only.
const reportFolder = "belay-report"

// outputsFile is where a host without an outputs file of its own finds them.
func outputsFile(getenv func(string) string, workspace, name string) string {
	if path := getenv("BELAY_OUTPUTS_FILE"); path != "" {
		return path
	}
	return filepath.Join(workspace, name)
}

// Facts returns what the job's variables say. GitLab does not count a job's retries.
func (g *gitlab) Facts() Facts { return g.facts }

// Show writes plain lines, and folds the output of every attempt into a section.
func (g *gitlab) Show(e report.Event) {
	g.screen.mu.Lock()
	defer g.screen.mu.Unlock()
	g.section.around(e, g.screen, g.lines.render(e), g.open, g.close)
}

// Output returns the log's two streams.
func (g *gitlab) Output() (stdout, stderr io.Writer) { return g.log.output() }

// open and close write GitLab's section marks: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
func (g *gitlab) open(title string) {
	g.count++
	g.screen.print(fmt.Sprintf("\x1b[0Ksection_start:%d:belay_%d\r\x1b[0K%s\n", time.Now().Unix(), g.count, report.OneLine(title)))
}

func (g *gitlab) close() {
	g.screen.print(fmt.Sprintf("\x1b[0Ksection_end:%d:belay_%d\r\x1b[0K\n", time.Now().Unix(), g.count))
}

// Mask does nothing: GitLab masks only variables that are set as masked. All text in events is masked already.
func (g *gitlab) Mask(string) {}

// Finish writes the outputs as a dotenv report, BELAY_RESULT and so on: to BELAY_OUTPUTS_FILE, else belay.env in the
// project. The report knows no quotes and no line breaks and takes 5 KiB; an output that does not fit is left out,
// and the log says so.
func (g *gitlab) Finish(r report.Report) (err error) {
	g.finish.Do(func() {
		text, left := dotenv(r)
		if len(left) > 0 {
			g.Show(report.Noted{Warning: true, Text: "left out of the dotenv outputs, which take single lines and 5 KiB: " + strings.Join(left, ", ")})
		}
		if err = os.WriteFile(g.path, []byte(text), 0o644); err != nil {
			err = fmt.Errorf("write outputs: %w", err)
		}
	})
	return err
}

func dotenv(r report.Report) (text string, left []string) {
	var out strings.Builder
	for _, o := range report.Outputs() {
		value := o.Value(r)
		if value == "" {
			continue
		}
		line := "BELAY_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_")) + "=" + value + "\n"
		if strings.ContainsAny(value, "\r\n\x00") || out.Len()+len(line) > maxDotenv {
			left = append(left, o.Name)
			continue
		}
		out.WriteString(line)
	}
	return out.String(), left
}

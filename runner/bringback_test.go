package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/runner/report"
)

// inCheckout gives a job a checkout to work in.
func inCheckout(t *testing.T, job Job) Job {
	t.Helper()
	server := gittest.Serve(t)
	url := server.Create(t, "shop.git")
	gittest.CommitAndPush(t, gittest.Clone(t, url), "main", "first", map[string]string{"README": "shop\n", ".gitignore": "*.log\n"})
	job.Dir, job.Environ = gittest.Clone(t, url), gittest.Env(t.TempDir())
	var err error
	job.Repository, err = gitops.Open(t.Context(), gitops.Options{
		Remote: gitops.Remote{URL: url}, Checkout: job.Dir, Temp: job.Temp, Env: job.Environ,
	})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

const cleanRetries = "version: 1\nroutes:\n  - retry: { max: 1, initial: 1ms, jitter: 0, workspace: clean }\n  - fail: {}\n"

// passed lists why routes were passed over in the last attempt of a row.
func passed(row report.Step) string {
	var reasons []string
	if d := row.Attempts[len(row.Attempts)-1].Decision; d != nil {
		for _, p := range d.Passed {
			reasons = append(reasons, p.Reason)
		}
	}
	return strings.Join(reasons, "; ")
}

func TestTheProbeComesBeforeTheFilesAreBroughtBackAndBeforeAfterThat(t *testing.T) {
	job := inCheckout(t, jobOf(t, `
version: 1
steps:
  - id: a
    probe: echo "probe sees $(ls made 2>&1)" >> order.log; false
    before: echo "before sees $(ls made 2>&1)" >> order.log
    run: touch made; [ $BELAY_RETRY_ATTEMPT = 1 ]
`, cleanRetries))
	if r := Run(t.Context(), job); r.Result != report.Success {
		t.Fatalf("%+v", r.Failure)
	}
	got, err := os.ReadFile(filepath.Join(job.Dir, "order.log"))
	if want := "probe sees made\nbefore sees ls: "; err != nil || !strings.HasPrefix(string(got), want) {
		t.Errorf("%v\n%s\nwant %s", err, got, want)
	}
}

func TestItemsInTurnFindWhatTheItemBeforeThemLeft(t *testing.T) {
	job := inCheckout(t, jobOf(t, `
version: 1
steps:
  - id: a
    for-each: [one, two]
    env: { ITEM: "${{ item }}" }
    run: |
      ls >> seen.log; echo "$ITEM" > "$ITEM"; touch half
      [ $BELAY_RETRY_ATTEMPT = 1 ]
`, cleanRetries))
	if r := Run(t.Context(), job); r.Result != report.Success {
		t.Fatalf("%+v", r.Failure)
	}
	got, err := os.ReadFile(filepath.Join(job.Dir, "seen.log"))
	first, second := "README\nseen.log\n", "README\nhalf\none\nseen.log\n"
	if want := first + first + second + second; err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestARetryThatCanNotBringTheFilesBackIsPassedOver(t *testing.T) {
	for name, c := range map[string]struct {
		step string
		do   func(t *testing.T, job *Job)
		want string
	}{
		"items side by side": {
			step: "    for-each: [one, two]\n    max-parallel: 2\n",
			want: "each item had its own retries",
		},
		"too much to copy": {
			do: func(t *testing.T, job *Job) {
				if err := os.WriteFile(filepath.Join(job.Dir, "huge"), nil, 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(filepath.Join(job.Dir, "huge"), gitops.MostCopied+1); err != nil {
					t.Fatal(err)
				}
			},
			want: "keep a copy of huge: files of more than 512 MiB are neither committed nor ignored",
		},
		"no checkout": {
			do:   func(_ *testing.T, job *Job) { job.Repository = nil },
			want: "the workspace is no git checkout: there is no git here",
		},
	} {
		t.Run(name, func(t *testing.T) {
			job := inCheckout(t, jobOf(t, "version: 1\nsteps:\n  - id: a\n"+c.step+"    run: exit 1\n", cleanRetries))
			if c.do != nil {
				c.do(t, &job)
			}
			r := Run(t.Context(), job)
			row := r.Steps[len(r.Steps)-1]
			got := ""
			if r.Failure != nil {
				for _, p := range r.Failure.Passed {
					got += p.Reason
				}
			}
			got += passed(row)
			if r.Result == report.Success || len(row.Attempts) != 1 || !strings.Contains(got, c.want) {
				t.Errorf("%d attempts, passed over for %q, want %q", len(row.Attempts), got, c.want)
			}
		})
	}
}

func TestNothingRunsWhereTheFilesCouldNotBeBroughtBack(t *testing.T) {
	job := inCheckout(t, jobOf(t, `
version: 1
steps:
  - id: a
    run: echo ran >> ran.log; rm -rf .git/HEAD; exit 1
`, cleanRetries))
	r := Run(t.Context(), job)
	attempts := r.Steps[0].Attempts
	if len(attempts) != 2 || attempts[1].Kind != "step.start" || !strings.Contains(attempts[1].Message, "bring the work tree back") {
		t.Errorf("%+v", attempts)
	}
	if got, err := os.ReadFile(filepath.Join(job.Dir, "ran.log")); err != nil || string(got) != "ran\n" {
		t.Errorf("%q, %v", got, err)
	}
}

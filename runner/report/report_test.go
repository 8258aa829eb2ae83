package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, run with -update to rewrite it:\n%s", name, diff)
	}
}

func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

func success() Report {
	return Report{
		Run: Run{
			ID: "4711", Attempt: 1, Name: "promote shop to prod", StepsFile: ".belay/steps.yml", Policy: "rollback", Host: "github",
			Repository: "acme/deploy", Branch: "main", Commit: "1a2b3c4d5e6f7a8b9c0d", URL: "https://github.com/acme/deploy/actions/runs/4711",
			Started: at(0), Ended: at(92),
		},
		Result: Success,
		Steps: []Step{
			{ID: "bump", Section: "steps", Outcome: StatusSuccess, Conclusion: StatusSuccess, Started: at(0), Ended: at(0.4), Outputs: map[string]string{"tag": "v2"},
				Attempts: []Attempt{{Status: StatusSuccess, Started: at(0), Ended: at(0.4)}}},
			{ID: "land", Section: "steps", Outcome: StatusSuccess, Conclusion: StatusSuccess, Started: at(1), Ended: at(3),
				Attempts: []Attempt{{Status: StatusSuccess, Started: at(1), Ended: at(3)}}},
			{ID: "notify", Section: "steps", Outcome: StatusSkipped, Conclusion: StatusSkipped, Why: "its condition does not hold"},
		},
		Landings: []Landing{{
			Step: "land", Remote: "https://github.com/acme/deploy", Branch: "main", Outcome: "landed", Before: "9f8e7d6c5b4a",
			Commits: []Commit{{Hash: "4c5d6e7f8091a2b3", Subject: "prod: shop v2", ID: "b-1", URL: "https://github.com/acme/deploy/commit/4c5d6e7f8091a2b3"}},
			Pushes:  3, RacesLost: 2, Races: []Race{{Tip: "8e7d6c5b4a39", At: at(1.2), Wait: 200 * time.Millisecond}, {Tip: "9f8e7d6c5b4a", At: at(1.9), Wait: 600 * time.Millisecond}}, Started: at(1), Ended: at(3),
		}},
	}
}

func recovered() Report {
	r := success()
	r.Recovered = true
	r.Restarts = 1
	r.Steps = append(r.Steps, Step{
		ID: "smoke", Name: "Smoke test", Item: "eu", Section: "steps", Restart: 1, Outcome: StatusSuccess, Conclusion: StatusSuccess, Started: at(3), Ended: at(90),
		Attempts: []Attempt{
			{N: 0, Status: StatusFailure, Kind: policy.Network, ExitCode: 7, Message: "could not connect", Tail: "curl: (7) could not connect\n", Started: at(3), Ended: at(4),
				Decision: &Decision{Action: "retry", Route: "routes[0]", N: 1, Max: 3, Delay: 5 * time.Second}},
			{N: 1, Status: StatusSuccess, Started: at(9), Ended: at(90)},
		},
	})
	return r
}

func rolledBack() Report {
	r := success()
	r.Result, r.ExitCode = Failed, ExitRolledBack
	r.Failure = &Failure{Step: "smoke", Kind: policy.StepTimeout, Message: "stopped after 5m", Advice: "Raise the step's `timeout`.", Passed: []Passed{{Route: "routes[0]", Action: "retry", Reason: "used up: 2 of 2"}}}
	r.Steps = append(r.Steps, Step{
		ID: "smoke", Section: "steps", Outcome: StatusFailure, Conclusion: StatusFailure, Started: at(3), Ended: at(90),
		Attempts: []Attempt{
			{N: 0, Status: StatusFailure, Kind: policy.StepSignal, Signal: "KILL", ExitCode: 137, Message: "killed", Tail: "one\n\ntwo\n", Started: at(3), Ended: at(4),
				Decision: &Decision{Action: "retry", N: 1, Max: 1, Delay: time.Second, Hinted: true}},
			{N: 1, Status: StatusFailure, Kind: policy.StepTimeout, ExitCode: -1, Message: "stopped after 5m", Started: at(5), Ended: at(90), Decision: &Decision{Action: "rollback"}},
		},
	})
	r.Rollback = &Rollback{
		Outcome: "opened", Branch: "belay/rollback/4711", URL: "https://github.com/acme/deploy/pull/12", Number: 12,
		Reverts: []Commit{{Hash: "5d6e7f8091a2b3c4", Subject: "Revert \"prod: shop v2\"", ID: "b-2"}},
	}
	return r
}

func rollbackFailed() Report {
	r := rolledBack()
	r.ExitCode = ExitRollbackFailed
	r.Rollback = &Rollback{
		Outcome: "failed", Branch: "belay/rollback/4711", Kind: policy.RollbackConflict, Message: "envs/prod/values.yaml was changed by others since",
		Paths:    []string{"envs/prod/values.yaml"},
		Later:    []Commit{{Hash: "6e7f8091a2b3c4d5", Subject: "prod: more replicas", URL: "https://github.com/acme/deploy/commit/6e7f8091a2b3c4d5"}},
		Commands: []string{"git fetch origin main", "git revert 4c5d6e7f8091a2b3"},
	}
	return r
}

// hostile holds in every text what ends or starts something in some rendering.
func hostile() Report {
	const evil = "x\n::error::y\r\n##[error]z | `</details></pre>` \"'<script>alert(1)</script> %0A %25 @everyone ![i](https://evil.test) \x1b[31m\x00\u202e"
	r := rollbackFailed()
	r.Run.Name, r.Run.StepsFile, r.Run.Policy, r.Run.Branch, r.Run.ID = evil, evil, evil, evil, evil
	r.Run.URL = "javascript:alert(1)"
	r.Failure = &Failure{Step: evil, Kind: policy.StepExit, Message: evil, Advice: evil, Passed: []Passed{{Route: evil, Action: evil, Reason: evil}}}
	r.Steps = []Step{{
		ID: evil, Name: evil, Item: evil, Outcome: StatusFailure, Conclusion: StatusSuccess, Why: evil, Outputs: map[string]string{evil: evil},
		Attempts: []Attempt{{Status: StatusFailure, Kind: policy.StepExit, ExitCode: 1, Message: evil, Tail: evil + "\n\n</pre></details>\n", Decision: &Decision{Action: "continue"}}},
	}, {ID: evil, Outcome: StatusSkipped, Conclusion: StatusSkipped, Why: evil}}
	r.Landings[0].Branch, r.Landings[0].Commits[0].Subject = evil, evil
	r.Landings[0].Commits[0].URL = `https://x.test/"><script>`
	r.Rollback.Branch, r.Rollback.Message, r.Rollback.Paths, r.Rollback.Commands, r.Rollback.Body = evil, evil, []string{evil}, []string{evil}, evil
	return r
}

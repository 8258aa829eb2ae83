package process

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStepEnv(t *testing.T) {
	base := []string{
		"PATH=/bin", "HOME=/root", "HOME=/home/me", "EMPTY=", "junk", "A=B=C",
		"BELAY_TOKEN=t1", "BELAY_PR_TOKEN=t2", "INPUT_TOKEN=t3", "INPUT_PR_TOKEN=t4", "BELAY_QUEUE_KEY=k",
		"BELAY_RUN_ID=7", "ACTIONS_RUNTIME_TOKEN=stays", "MY_TOKEN=stays", "CI_SECRET_A=1", "CI_SECRET_B=2",
	}
	kept := []string{
		"A=B=C", "ACTIONS_RUNTIME_TOKEN=stays", "BELAY_RUN_ID=7", "EMPTY=", "HOME=/home/me", "MY_TOKEN=stays", "PATH=/bin",
	}
	tests := []struct {
		name string
		drop []string
		set  [][]string
		want []string
	}{
		{"belay's own tokens stay out", []string{"CI_*"}, nil, kept},
		{"later lists win", []string{"CI_*", "A*", "BELAY_RUN_ID", "EMPTY", "HOME"}, [][]string{{"X=1", "PATH=/a"}, {"X=2"}}, []string{"MY_TOKEN=stays", "PATH=/a", "X=2"}},
		{"a step that names a token gets it", []string{"*"}, [][]string{{"BELAY_TOKEN=t1"}}, []string{"BELAY_TOKEN=t1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, StepEnv(base, test.drop, test.set...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryStepThatUsesATokenIsFound(t *testing.T) {
	job := jobOf(t, `version: 1
steps:
  - { id: make, run: make }
  - id: land
    uses: land
    on-error:
      - match: network
        run: { steps: [{ run: make }, { id: again, uses: land }] }
finally:
  - { id: note, uses: land }
`, `version: 1
routes:
  - run: { steps: [{ id: undo, uses: land }], then: rollback }
`)
	want := []string{"land", "again", "note", "undo"}
	if diff := cmp.Diff(want, TokenSteps(job.Steps, job.Policy)); diff != "" {
		t.Error(diff)
	}
	job = jobOf(t, "version: 1\nsteps: [{ run: make }]\n", "version: 1\nroutes: [{ rollback: }]\n")
	if got := TokenSteps(job.Steps, job.Policy); len(got) > 0 {
		t.Errorf("found %v among steps that use none", got)
	}
}

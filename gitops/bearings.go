package gitops

import "fmt"

// Bearings is where a checkout was when its run began, and how far its own commits have landed: what a process needs to
// go on with the run of another that died. The work tree says the rest.
type Bearings struct {
	Head     ID     `json:"head"`
	Branch   string `json:"branch,omitzero"` // empty when detached
	Recorded ID     `json:"recorded"`        // commits after this one are still to be landed
}

// Bearings returns where the run stands. They are zero without a checkout.
func (r *Repo) Bearings() Bearings {
	r.turn.Lock()
	defer r.turn.Unlock()
	if r.checkout == nil {
		return Bearings{}
	}
	return Bearings{Head: r.origin.head, Branch: r.origin.branch, Recorded: r.recorded.head}
}

// take goes on from the bearings of an earlier process.
func (r *Repo) take(b Bearings) error {
	r.origin.head, r.origin.branch = b.Head, b.Branch
	if err := r.record(b.Recorded); err != nil {
		return fmt.Errorf("find the commit %s that the run had come to: %w", b.Recorded.Short(), err)
	}
	return nil
}

package policy

import "time"

// Rollback says how a rollback undoes what the run landed.
type Rollback struct {
	To        string        // "previous" or "last-good"
	Via       string        // "pull-request" or "push"
	Labels    []string      // of the pull request
	Draft     bool          // open it as a draft
	AutoMerge bool          // turn on the forge's auto-merge
	MaxAge    time.Duration // the age past which landed commits are not reverted; 0 for no limit
}

// DefaultRollback is what a policy has that says nothing of rolling back.
func DefaultRollback() Rollback {
	return Rollback{To: "previous", Via: "pull-request", Labels: []string{"belay-rollback"}, MaxAge: 24 * time.Hour}
}

package gitops

import (
	"fmt"
	"strings"
	"time"

	"github.com/belay-ci/belay/policy"
)

// State is how one try to land ended.
type State string

// The states. Landed, AlreadyLanded, Absorbed and Empty are good ends; the others carry a kind.
const (
	// Landed: this try put the commits on the branch, and the branch was read back with them on it.
	Landed State = "landed"
	// AlreadyLanded: the branch holds the commits from an earlier try or an earlier attempt of the run.
	AlreadyLanded State = "already-landed"
	// Absorbed: the branch holds the whole change already, under other commits. Nothing was pushed.
	Absorbed State = "absorbed"
	// Empty: there was no change to land. Nothing was pushed.
	Empty State = "empty"
	// Raced: another writer moved the branch first. Landing again starts from the new tip.
	Raced State = "raced"
	// Conflicted: the change does not fit on the branch as it is now. Nothing was pushed.
	Conflicted State = "conflict"
	// Rejected: the commits are not on the branch, and not because of a race. Kind says why, and Again whether the
	// same may succeed a little later. With the kind network the push may still be under way at the server: landing
	// again is safe then too, but to give up is no proof that it will not land.
	Rejected State = "rejected"
	// Unknown: the push may have arrived, and the branch could not be read back. Landing again finds out.
	Unknown State = "unknown"
)

// Outcome says what one try to land did.
type Outcome struct {
	State         State
	Kind          policy.Kind // empty for a good end
	Branch        string
	Before        ID            // the tip under the first landed commit; for a try that did not land, the tip it was made for
	Tip           ID            // where the branch was when last read; empty when it could not be read or does not exist
	Commits       []Commit      // the run's commits on the branch, oldest first; for a try that did not land, those it tried
	Differs       bool          // for AlreadyLanded: the change is not the one that landed
	Absorbed      []Commit      // commits left out because the branch held their change already, as the steps made them
	Unsigned      []Commit      // commits that lost their signature in the replay, as the steps made them
	Resigned      []Commit      // commits that belay's signature took the place of somebody else's on, as the steps made them
	Conflicts     []Conflict    // for Conflicted
	Structured    []Structured  // files that were merged key by key, commit by commit
	Tags          []string      // the tags that are on the last of Commits now
	TagsElsewhere []string      // tags that stand elsewhere: for Rejected the reason, else somebody moved them since
	Moved         int           // for Raced: how many commits of others had come when the branch was read, since it was read before
	Turn          float64       // for Raced without a push: when the change has its turn to be pushed with all others that wait, from 0 for at once to 1
	Helped        int           // how many queued changes of other runs landed in the same push
	Pushes        int           // requests to move the branch that may have reached the server, at most 1
	ServerText    string        // the server's own words, made safe to print
	Advice        string        // what to do about a refusal, a part of a sentence; empty where the kind's own says it all
	Again         bool          // the same may succeed a little later
	RetryAfter    time.Duration // how long the server asks to wait, 0 when it did not say
	Cause         error         // what went wrong on the way, for Rejected and Unknown; may be nil
}

// Commit is a commit on a branch.
type Commit struct {
	Hash    ID
	Subject string
	ID      string // its Belay-Id; empty where it has none
}

// Conflict is a path both sides changed in ways that do not fit together.
type Conflict struct {
	Path   string
	Reason string
}

// Good reports whether the run's change is on the branch or there was none to put there. Commits that are on it, and
// lack a tag that could not be made, are no good end either: then Kind says why.
func (o Outcome) Good() bool { return o.Kind == "" && o.Ended() }

// Ended reports whether there is nothing left to land.
func (o Outcome) Ended() bool {
	switch o.State {
	case Landed, AlreadyLanded, Absorbed, Empty:
		return true
	}
	return false
}

// Err returns the outcome as an error, nil for a good end.
func (o Outcome) Err() error {
	if o.Good() {
		return nil
	}
	return &Error{Op: "land on " + o.Branch, Reason: o.Kind, Message: o.explain(), Again: o.Again, RetryAfter: o.RetryAfter, Err: o.Cause}
}

func (o Outcome) explain() string {
	switch o.State {
	case Raced:
		return fmt.Sprintf("another writer moved the branch to %s first", o.Tip.Short())
	case Conflicted:
		paths := make([]string, len(o.Conflicts))
		for i, c := range o.Conflicts {
			paths[i] = fmt.Sprintf("%s (%s)", c.Path, c.Reason)
		}
		return fmt.Sprintf("the change conflicts with what is on the branch now, %s: %s", o.Tip.Short(), strings.Join(paths, ", "))
	case Unknown:
		return "the push may have arrived, and the branch could not be read back"
	}
	switch {
	case o.State == AlreadyLanded:
		return "the change is on the branch from an earlier attempt, and the tag it lacks could not be made: " + strings.ReplaceAll(o.ServerText, "\n", "; ")
	case o.Kind == policy.GitRejectedTag:
		return fmt.Sprintf("somebody made the tag %s at the same moment, elsewhere; nothing was pushed", strings.Join(o.TagsElsewhere, ", "))
	case o.Kind == policy.GitRewritten && o.Tip == "":
		return "the branch does not exist on the server; belay never recreates a branch"
	case o.Kind == policy.GitRewritten:
		return fmt.Sprintf("the branch was rewritten: %s does not descend from %s", o.Tip.Short(), o.Before.Short())
	case o.Kind == policy.GitSignature:
		return fmt.Sprintf("to replay %s (%s) on %s would lose its signature, and `integrate: rebase-or-fail` forbids that", o.Unsigned[0].Hash.Short(), o.Unsigned[0].Subject, o.Tip.Short())
	case o.ServerText != "":
		return "the server refused the push: " + strings.ReplaceAll(o.ServerText, "\n", "; ") + o.advised()
	}
	return "the push failed and the branch did not move" + o.advised()
}

func (o Outcome) advised() string {
	if o.Advice == "" {
		return ""
	}
	return " (what to do: " + o.Advice + ")"
}

package report

import (
	"fmt"
	"slices"
)

// Verdict is a run in few words, for every rendering to lay out: plain text, one line each, not escaped.
type Verdict struct {
	Headline string   // how the run ended
	Failed   string   // what failed; empty when nothing did
	Said     string   // the last line it printed; empty where there is none, or Failed says as much
	Did      []Line   // what belay did about it, on the way or at the end
	Branch   []Line   // what is on the branches now
	Next     []string // what to do next
	Help     string   // the page about such a failure; empty where there is none
	Link     string   // the one page to open; empty when there is none
}

// Line is a line of a verdict, and the page it speaks of where there is one.
type Line struct{ Text, URL string }

// Verdict sums the run up.
func (r Report) Verdict() Verdict {
	return Verdict{
		Headline: r.headline(), Failed: r.failed(), Said: r.said(), Did: r.did(), Branch: r.branches(), Next: r.next(), Help: r.help(), Link: r.link(),
	}
}

func (r Report) headline() string {
	name := OneLine(r.Run.Name)
	if name == "" {
		name = "The run"
	}
	switch {
	case r.Result == Success && r.Recovered:
		return name + " succeeded after a recovery"
	case r.Result == Success:
		return name + " succeeded"
	case r.Result == Cancelled:
		return name + " was cancelled"
	}
	switch r.ExitCode {
	case ExitRolledBack:
		if r.rollback().waits() {
			return name + " failed, and its rollback waits to be merged"
		}
		return name + " failed and is rolled back"
	case ExitRerun:
		if !r.rerun().Started {
			return name + " failed, and a new run is wanted"
		}
		return name + " failed and will run again"
	case ExitRollbackFailed:
		return name + " failed, and so did its rollback"
	case ExitUnknown:
		return name + " failed, and nobody knows whether it landed"
	}
	return name + " failed"
}

func (r Report) failed() string {
	if r.Failure == nil {
		return ""
	}
	text := string(r.Failure.Kind)
	if r.Failure.Message != "" {
		text += ": " + r.Failure.Message
	}
	if r.Failure.Step == "" {
		return OneLine(text)
	}
	attempts := ""
	if n := r.attemptsOf(r.Failure.Step); n > 1 {
		attempts = fmt.Sprintf(" after %d attempts", n)
	}
	return OneLine(r.titleOf(r.Failure.Step) + attempts + ": " + text)
}

// titleOf is what people read for the step with that id.
func (r Report) titleOf(id string) string {
	for _, s := range r.Steps {
		if s.ID == id && s.Item == "" && s.Name != "" {
			return s.Name
		}
	}
	return id
}

// attemptsOf counts the attempts of a step's last visit that failed. A for-each has none of its own.
func (r Report) attemptsOf(id string) int {
	for _, s := range slices.Backward(r.Steps) {
		if s.ID == id && s.Item == "" && s.Conclusion == StatusFailure {
			return len(s.Attempts)
		}
	}
	return 0
}

func (r Report) did() []Line {
	var did []Line
	add := func(format string, args ...any) { did = append(did, Line{Text: OneLine(fmt.Sprintf(format, args...))}) }
	for _, s := range r.Steps {
		if n := len(s.Attempts) - 1; n > 0 {
			add("retried %s %s", s.Title(), times(n))
		}
		if s.Outcome == StatusFailure && s.Conclusion == StatusSuccess {
			add("went on after %s failed: %s", s.Title(), s.Why)
		}
	}
	if r.Restarts > 0 {
		add("started again on the fresh tip %s", times(r.Restarts))
	}
	for _, l := range r.Landings {
		if l.RacesLost > 0 {
			add("lost %s for %s to other writers and merged again", count(l.RacesLost, "race"), l.Where())
		}
		for _, s := range l.Structured {
			add("found that %s", s)
		}
	}
	for _, p := range r.failure().Passed {
		add("passed over %s (%s): %s", p.Route, p.Action, p.Reason)
	}
	if r.Rollback != nil {
		for _, s := range r.Rollback.Structured {
			add("found for the revert that %s", s)
		}
	}
	all := r.rollbacks()
	for _, b := range all {
		text := b.did()
		if len(all) > 1 {
			text = b.Where() + ": " + text
		}
		did = append(did, Line{OneLine(text), b.URL})
	}
	if r.Rerun != nil {
		did = append(did, r.Rerun.did())
	}
	if len(did) == 0 && r.Result == Failed {
		add("nothing: no route of the policy takes this failure")
	}
	return did
}

// waits reports whether the revert is there for a person to merge.
func (b Rollback) waits() bool { return b.Proposed() && !b.Merged }

// Proposed reports whether there is a pull request, or without a forge a branch, that takes the change back.
func (b Rollback) Proposed() bool { return b.Outcome == "opened" || b.Outcome == "adopted" }

func (b Rollback) did() string {
	pull := "a pull request"
	if b.Number > 0 {
		pull = fmt.Sprintf("pull request #%d", b.Number)
	}
	if b.waits() && b.URL == "" {
		return OneLine(fmt.Sprintf("pushed the branch %s, which reverts %s: there is no forge to open a pull request on", b.Branch, count(len(b.Reverts), "commit")))
	}
	switch b.Outcome {
	case "opened":
		if b.Merged {
			pull += " and merged it"
		}
		return fmt.Sprintf("opened %s, which reverts %s%s", pull, count(len(b.Reverts), "commit"), b.verified())
	case "adopted":
		return fmt.Sprintf("found %s open already, which reverts the change", pull)
	case "already":
		return OneLine("found the change taken back already: " + b.Message)
	case "superseded":
		return OneLine("did not roll back: " + b.Message)
	case "closed":
		return fmt.Sprintf("found %s closed by a person, who keeps the change", pull)
	case "pushed":
		return "pushed the revert of " + count(len(b.Reverts), "commit")
	case "refused":
		return OneLine("did not roll back: " + b.Message)
	}
	return OneLine("could not roll back: " + b.Message)
}

// rollbacks lists what the run took back, the one that the run is judged by first.
func (r Report) rollbacks() []Rollback {
	if r.Rollback == nil {
		return nil
	}
	return append([]Rollback{*r.Rollback}, r.Beside...)
}

// verified says how the verification of a rollback ended.
func (b Rollback) verified() string {
	switch {
	case b.Verified == nil:
		return ""
	case b.Verified.Passed:
		return "; its verification passed"
	}
	return "; its verification failed"
}

func (r Report) branches() []Line {
	var now []Line
	add := func(format string, args ...any) { now = append(now, Line{Text: OneLine(fmt.Sprintf(format, args...))}) }
	for i, l := range r.Landings {
		switch {
		case l.landed():
			for _, c := range l.Commits {
				now = append(now, Line{OneLine(fmt.Sprintf("%s has %s %s", l.Where(), c.Short(), c.Subject)), c.URL})
			}
		case l.Outcome == "absorbed":
			add("%s has the same change already, by others", l.Where())
		case l.Outcome == "proposed":
			now = append(now, Line{OneLine(fmt.Sprintf("%s does not have the change of %s yet: pull request #%d asks for it", l.Where(), l.Step, l.Pull.Number)), l.Pull.URL})
		case l.Outcome == "unknown":
			add("%s: nobody knows whether the change of %s is on it", l.Where(), l.Step)
		case l.Outcome != "empty" && !r.landedAfter(i):
			add("%s does not have the change of %s (%s)", l.Where(), l.Step, l.Kind)
		}
	}
	switch b := r.rollback(); {
	case b.waits() && b.URL == "":
		add("this stays until %s is merged", b.Branch)
	case b.waits() && b.AutoMerge:
		add("this stays until the pull request is merged, which the forge does by itself once it may")
	case b.waits():
		add("this stays until the pull request is merged")
	case b.Outcome == "pushed" || b.Merged:
		add("and the revert of it")
	}
	if g := r.Good; g != nil {
		now = append(now, g.line())
	}
	if len(now) == 0 && r.Result != Success {
		add("nothing of this run")
	}
	return now
}

func (g Good) line() Line {
	text := fmt.Sprintf("%s is the last good commit of %s", Short(g.Commit), g.Stage)
	if g.Why != "" {
		text += ": " + g.Why
	}
	return Line{Text: OneLine(text)}
}

// landedAfter reports whether the step of landing i landed later on: a restart made it again.
func (r Report) landedAfter(i int) bool {
	return slices.ContainsFunc(r.Landings[i+1:], func(l Landing) bool {
		return l.Step == r.Landings[i].Step && l.Where() == r.Landings[i].Where() && l.landed()
	})
}

func (r Report) next() []string {
	var next []string
	b := r.rollback()
	switch {
	case b.waits() && b.URL == "":
		next = append(next, OneLine("Merge "+b.Branch+" to undo the change, or delete it and fix forward."))
	case b.waits() && b.Verified != nil && !b.Verified.Passed:
		next = append(next, "Look at the pull request before you merge it: its verification failed.")
	case b.waits():
		next = append(next, "Merge the pull request to undo the change, or close it and fix forward.")
	case b.Outcome == "failed" && b.CompareURL != "":
		next = append(next, "The revert is on branch "+OneLine(b.Branch)+": open the pull request by hand.")
	}
	if slices.ContainsFunc(r.Landings, func(l Landing) bool { return l.Outcome == "proposed" }) {
		next = append(next, "Merge the pull request to land the change.")
	}
	if r.Rerun != nil && !r.Rerun.Started {
		next = append(next, OneLine("Start the new run by hand, with the lineage "+r.Rerun.Lineage+"."))
	}
	if info, ok := b.Kind.Info(); ok {
		next = append(next, info.Advice)
	}
	if advice := OneLine(r.failure().Advice); advice != "" && !slices.Contains(next, advice) {
		next = append(next, advice)
	}
	return next
}

func (r Report) link() string {
	b := r.rollback()
	candidates := []string{b.URL, b.CompareURL, r.rerun().URL, r.Run.URL, r.lastLanded().URL}
	if r.Result == Success {
		candidates = []string{r.lastLanded().URL, r.Run.URL}
	}
	for _, url := range candidates {
		if url != "" {
			return OneLine(url)
		}
	}
	return ""
}

// help is the page about what a person has to deal with last: the rollback that failed, else the failure.
func (r Report) help() string {
	if help := r.rollback().Kind.Help(); help != "" {
		return help
	}
	return r.failure().Kind.Help()
}

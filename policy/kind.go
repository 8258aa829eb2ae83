// Package policy decides what happens after a failure. It is pure: no input or output, no clock, no
// randomness, no goroutines. Elapsed time and random draws come in as arguments, decisions come out as values.
package policy

import (
	"strings"

	"github.com/belay-ci/belay/internal/pattern"
)

// Kind says what went wrong, as a dotted lower-case name such as "git.conflict".
// A kind stands for itself and everything under it: "git" covers "git.conflict".
type Kind string

// The engine's kinds. An author's own kinds may be any other valid name.
const (
	StepExit             Kind = "step.exit"
	StepSignal           Kind = "step.signal"
	StepTimeout          Kind = "step.timeout"
	StepStart            Kind = "step.start"
	StepErrorFile        Kind = "step.error-file"
	GitConflict          Kind = "git.conflict"
	GitRace              Kind = "git.race"
	GitRejectedProtected Kind = "git.rejected.protected"
	GitRejectedHook      Kind = "git.rejected.hook"
	GitRejectedShallow   Kind = "git.rejected.shallow"
	GitRejectedOther     Kind = "git.rejected.other"
	GitAuth              Kind = "git.auth"
	GitRejectedTag       Kind = "git.rejected.tag"
	GitRewritten         Kind = "git.rewritten"
	GitSignature         Kind = "git.signature"
	GitUnknown           Kind = "git.unknown"
	Network              Kind = "network"
	ForgeAuth            Kind = "forge.auth"
	ForgeForbidden       Kind = "forge.forbidden"
	ForgeRateLimited     Kind = "forge.rate-limited"
	ForgeUnavailable     Kind = "forge.unavailable"
	ForgeRejected        Kind = "forge.rejected"
	ForgeNotMergeable    Kind = "forge.not-mergeable"
	ForgeClosed          Kind = "forge.closed"
	RollbackConflict     Kind = "rollback.conflict"
	RunDeadline          Kind = "run.deadline"
	RunBudget            Kind = "run.budget"
)

// Cancelled is the kind of an attempt that was stopped because the run was cancelled. No route ever sees it,
// so it is not among Kinds.
const Cancelled Kind = "cancelled"

// KindInfo is what belay says about one of its kinds.
type KindInfo struct {
	Kind      Kind
	Means     string // what happened, one sentence
	Advice    string // what to do next, one sentence
	NamedOnly bool   // a retry route applies only where it names this very kind: trying again unchanged seldom helps
}

// Kinds lists the engine's kinds in the order the reference shows them.
func Kinds() []KindInfo {
	return []KindInfo{
		{StepExit, "The step ended with a non-zero exit code.", "Read the step's last lines above; give the exit code a kind with `classify` to treat it apart.", false},
		{StepSignal, "The step was killed by a signal that belay did not send.", "KILL is most often the machine running out of memory: give the job more, or the step less to do.", false},
		{StepTimeout, "The step ran longer than its timeout and was stopped with all its children.", "Raise the step's `timeout`, or find what it was waiting for.", false},
		{StepStart, "The step could not be started.", "See above what is missing: a shell, a working directory, or what a built-in step needs.", true},
		{StepErrorFile, "The step wrote an error file that belay can't read.", "Write it with `belay fail`, or as the JSON object or key=value lines the reference shows.", true},
		{GitConflict, "The change conflicts with what others pushed meanwhile.", "Make the change again on the fresh tip: add `restart` to the policy for this kind.", true},
		{GitRace, "Other writers won every race for the branch until the landing policy was spent.", "Raise `land.max` or `land.deadline` in the policy.", false},
		{GitRejectedProtected, "The branch is protected against this token.", "Allow the token to bypass the protection, or have the change proposed with `on-protected: pull-request`.", false},
		{GitRejectedHook, "A hook of the server declined the push.", "Read the server's words above; the same push will be declined again.", false},
		{GitRejectedShallow, "The server refuses commits from a shallow history.", "Check out with full history (`fetch-depth: 0`).", false},
		{GitRejectedOther, "The server refused the push for another reason.", "Read the server's words above.", false},
		{GitRejectedTag, "A tag of that name is on another commit already.", "Choose another name, or delete the tag first: belay never moves one.", true},
		{GitAuth, "The git server did not accept the credentials, or could not be trusted with them.", "Check that the token or key is given to belay, has not expired, and may write to the repository; for a server nobody knows, see above.", false},
		{GitRewritten, "The branch was deleted or its history rewritten while the run was under way.", "Start a new run from the branch as it is now.", false},
		{GitSignature, "A signed commit would have to be replayed, and lose its signature; or GitHub did not sign what it made for `via: api`.", "Let it be merged with `integrate: merge` or `rebase-or-merge`, or give belay the key it was signed with. For `via: api` give belay the token of an app, such as the job's own: GitHub signs nothing for a person's.", true},
		{GitUnknown, "The remote could not be read back, so nobody knows whether the change landed.", "Look at the branch before running again; a new run finds the change if it did land.", false},
		{Network, "The connection failed or broke.", "Try again; if it stays, check the proxy and the server's address.", false},
		{ForgeAuth, "The forge did not accept the token.", "Check that the token is given to belay and has not expired.", false},
		{ForgeForbidden, "The forge does not let this token do that.", "Give the token the permission named above; on GitHub also allow Actions to create pull requests.", false},
		{ForgeRateLimited, "The forge's rate limit is used up.", "belay waits as long as the forge asks; if that is too long, use a token with a limit of its own.", false},
		{ForgeUnavailable, "The forge answered with a server error, or not at all.", "Try again later; look at the forge's status page.", false},
		{ForgeRejected, "The forge refused the request as it stands.", "Read the forge's words above.", false},
		{ForgeNotMergeable, "The pull request can't be merged as it stands.", "See above what stands in the way: a conflict, a draft, or missing reviews or checks.", false},
		{ForgeClosed, "The pull request was closed and not merged.", "A person decided against it; ask them, or open another one.", true},
		{RollbackConflict, "Later commits touch the same lines, so the change can't be reverted by itself.", "Revert by hand: the run's report and its log have the commands.", false},
		{RunDeadline, "The run's deadline came.", "Raise `limits.deadline` in the policy, or give the run less to do.", false},
		{RunBudget, "The run used up its retries or executions.", "Raise `limits.retries` or `limits.executions` in the policy.", false},
	}
}

// Info returns what belay says about k, and false for an author's own kind.
func (k Kind) Info() (KindInfo, bool) {
	for _, info := range Kinds() {
		if info.Kind == k {
			return info, true
		}
	}
	return KindInfo{}, false
}

var kindGrammar = pattern.New(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*(\.[a-z][a-z0-9]*([-_][a-z0-9]+)*)*$`)

// Valid reports whether k is a dotted lower-case name of at most 128 bytes.
func (k Kind) Valid() bool { return len(k) <= 128 && kindGrammar.MatchString(string(k)) }

// Under reports whether k is parent or lies below it: "git.conflict" is under "git" and under itself.
func (k Kind) Under(parent Kind) bool {
	return k == parent || strings.HasPrefix(string(k), string(parent)+".")
}

// Reserved reports whether k belongs to the engine: an author's error file may not claim it.
// The first words step, git, forge, run and rollback are the engine's, and so are "network" and "cancelled".
func (k Kind) Reserved() bool {
	for _, root := range []Kind{"step", "git", "forge", "run", "rollback", Network, Cancelled} {
		if k.Under(root) {
			return true
		}
	}
	return false
}

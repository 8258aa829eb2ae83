package spec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// Outcome is how one execution of a step ends in a simulation.
type Outcome struct {
	Text string             // as written
	Pos  source.Pos         // where it is written
	Seen policy.Observation // what the policy is shown, but for its rules
	Kind policy.Kind        // one of belay's own kinds, which the failure has whatever Seen says; else empty
	Took time.Duration      // 0 where nothing is said
	Done bool               // the step's probe found that its work is done: it is not executed, and succeeds
}

// OutcomeForm is a line of the outcomes' grammar.
type OutcomeForm struct{ Form, Means string }

// OutcomeForms lists what an outcome can be, and then what can be put behind it.
func OutcomeForms() []OutcomeForm {
	return []OutcomeForm{
		{"ok", "it succeeds; a land step has landed"},
		{"exit:N", "it ends with exit code N"},
		{"signal:NAME", "a signal such as KILL ends it"},
		{"timeout", "it runs into its timeout"},
		{"start", "it can't be started"},
		{"probe:done", "it would be executed again, and its probe finds that its work is done: it succeeds"},
		{"KIND", "it fails with one of belay's kinds, or with one of your own by `belay fail`"},
		{"…@TIME", "at the end: it takes that long; a step with a timeout never takes longer"},
		{"…!hint:HINT", "its error file gives a hint: retry, restart, rerun, rollback or fail"},
		{"…!retry-after:TIME", "its error file asks for that wait"},
		{"…!final", "its error file says that no retry can help"},
		{"…!stdout:TEXT", "its output ends with that text"},
		{"…!stderr:TEXT", "its error output ends with that text"},
	}
}

// outcomeReader reads one outcome.
type outcomeReader struct {
	*source.Decoder
	at func(offset int) source.Pos // the place of a byte of the text
}

// read reads `WHAT[!SAYING]…[@TIME]`.
func (r outcomeReader) read(text string) Outcome {
	o := Outcome{Text: text, Pos: r.at(0)}
	said, took := r.took(text)
	parts := strings.Split(said, "!")
	o = r.what(o, parts[0])
	offset := len(parts[0])
	for _, saying := range parts[1:] {
		o = r.saying(o, saying, offset+1)
		offset += 1 + len(saying)
	}
	if (parts[0] == "ok" || o.Done) && len(parts) > 1 {
		r.Report(r.at(0), "outcome", "an execution that is %s says nothing; one that ends well and says that it failed is `exit:0!…`", parts[0])
	}
	o.Took = took
	return o
}

// took cuts the time off an outcome. An @ may also be part of what the step wrote.
func (r outcomeReader) took(text string) (said string, took time.Duration) {
	i := strings.LastIndexByte(text, '@')
	if i < 0 {
		return text, 0
	}
	last := text[strings.LastIndexByte(text[:i], '!')+1:]
	if _, err := time.ParseDuration(text[i+1:]); err != nil && (strings.HasPrefix(last, "stdout:") || strings.HasPrefix(last, "stderr:")) {
		return text, 0
	}
	return text[:i], r.duration(text[i+1:], i+1)
}

// outcomeWords are what an outcome begins with, kinds of the author's aside.
func outcomeWords() []string {
	words := []string{"ok", "exit:", "signal:", "timeout", "start", "probe:done"}
	for _, info := range policy.Kinds() {
		words = append(words, string(info.Kind))
	}
	return words
}

func (r outcomeReader) what(o Outcome, what string) Outcome {
	word, argument, has := strings.Cut(what, ":")
	switch {
	case what == "ok":
	case what == "probe:done":
		o.Done = true
	case what == "timeout":
		o.Seen.TimedOut, o.Seen.ExitCode = true, -1
	case what == "start":
		o.Seen.StartError, o.Seen.ExitCode = "the step could not be started", -1
	case word == "exit" && has:
		code, err := policy.ParseRange(argument)
		if err != nil || code.From != code.To {
			r.Report(r.at(len("exit:")), "outcome", "%q is no exit code: write a number, as in exit:75", argument)
		}
		o.Seen.ExitCode = code.From
	case word == "signal" && has:
		o.Seen.Signal, o.Seen.ExitCode = policy.SignalName(argument), -1
		if !slices.Contains(policy.SignalNames(), o.Seen.Signal) {
			r.Report(r.at(len("signal:")), "outcome", "%q is no signal that ends processes%s", argument, source.Known(o.Seen.Signal, policy.SignalNames()))
		}
	default:
		return r.kind(o, policy.Kind(what))
	}
	return o
}

func (r outcomeReader) kind(o Outcome, k policy.Kind) Outcome {
	if _, own := k.Info(); own {
		o.Kind, o.Seen.ExitCode = k, -1
		return o
	}
	if !k.Valid() || k.Reserved() {
		r.unknown(o)
	}
	o.Seen.ExitCode, o.Seen.Raised = 1, &policy.Raised{Kind: k} // as `belay fail` ends
	return o
}

// checkSpoken reports a kind of the author's that no file speaks of and that is nearly an outcome of another
// name: misspelt, it would show something other than it says.
func (r outcomeReader) checkSpoken(o Outcome, spoken []policy.Kind) {
	if o.Seen.Raised == nil || o.Seen.Raised.Kind == "" || slices.ContainsFunc(spoken, o.Seen.Raised.Kind.Under) {
		return
	}
	if k := o.Seen.Raised.Kind; !k.Reserved() && source.Nearest(string(k), outcomeWords()) != "" {
		r.unknown(o)
	}
}

func (r outcomeReader) unknown(o Outcome) {
	name, near := o.Text, ""
	if i := strings.IndexAny(name, "!@"); i >= 0 {
		name = name[:i]
	}
	if meant := source.Nearest(name, outcomeWords()); meant != "" {
		near = fmt.Sprintf(", did you mean %q?", meant)
	}
	r.Report(o.Pos, "outcome", "unknown outcome %q%s (expected: ok, exit:N, signal:NAME, timeout, start, probe:done, a kind of belay's, or one of your own)", name, near)
}

// saying reads what stands behind a `!`.
func (r outcomeReader) saying(o Outcome, saying string, offset int) Outcome {
	word, value, has := strings.Cut(saying, ":")
	raised := policy.Raised{}
	if o.Seen.Raised != nil {
		raised = *o.Seen.Raised
	}
	switch {
	case word == "hint" && has:
		raised.Hint = policy.Hint(value)
		if !slices.Contains(policy.Hints(), raised.Hint) {
			r.Report(r.at(offset+len("hint:")), "outcome", "no step can give the hint %q%s", value, source.Known(value, hintNames()))
		}
	case word == "retry-after" && has:
		raised.RetryAfter = r.duration(value, offset+len("retry-after:"))
	case saying == "final":
		retryable := false
		raised.Retryable = &retryable
	case word == "stdout" && has:
		o.Seen.Stdout = value
		return o
	case word == "stderr" && has:
		o.Seen.Stderr = value
		return o
	default:
		r.Report(r.at(offset), "outcome", "nothing is known as %q behind a `!`%s", saying, source.Known(word, []string{"hint:", "retry-after:", "final", "stdout:", "stderr:"}))
		return o
	}
	o.Seen.Raised = &raised
	return o
}

func hintNames() []string {
	var names []string
	for _, h := range policy.Hints() {
		names = append(names, string(h))
	}
	return names
}

func (r outcomeReader) duration(text string, offset int) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		r.Report(r.at(offset), "outcome", "%q is no duration such as 90s, 5m or 1h30m", text)
		return 0
	}
	return d
}

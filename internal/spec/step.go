package spec

import (
	"path"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
)

// step reads one step of a section.
func (r *reader) step(n *source.Node, id string, s section) Step {
	step := r.defaults
	step.ID, step.Pos = id, n.Pos
	if n.Kind == source.String && !strings.Contains(n.Text, ":") {
		r.Report(n.Pos, "type", "a step must be a mapping, not text; a script is written as in `run: %s`", n.Text)
		return step
	}
	rec := r.Record(n, "a step", StepKeys())
	if n.Kind != source.Mapping {
		return step
	}
	step.Name = r.plain(rec, "name")
	names := r.stepScope(s)
	before := names // what can be known before the step's first execution
	before.Allowed = slices.DeleteFunc(slices.Clone(names.Allowed), func(c string) bool { return c == "attempt" })
	if step.ForEach = r.forEach(rec, before); step.ForEach != nil {
		names.Allowed = append(slices.Clip(names.Allowed), "item")
	}
	if cond := rec.Node("if"); cond != nil {
		before.Status = true
		c := r.condition(cond, before)
		step.If = &c
	}
	r.work(&step, rec, names)
	if dir := rec.Node("working-directory"); dir != nil {
		step.WorkingDirectory = r.text(dir, names)
	}
	step.Env = r.env(rec.Node("env"), names)
	r.timeouts(&step, rec)
	r.logLimit(&step, rec)
	proceed, _ := rec.Bool("continue-on-error")
	step.ContinueOnError = proceed.Is
	if idempotent, ok := rec.Bool("idempotent"); ok {
		step.Idempotent = &idempotent.Is
	}
	step.Probe, step.Before = r.script(rec, "probe"), r.script(rec, "before")
	switch list := rec.Node("on-error"); {
	case list == nil:
	case !s.mayRoute:
		r.Report(rec.KeyPos("on-error"), "step", "a recovery step has no on-error of its own; the failure it recovers from stands")
	default:
		step.OnError = r.routes(list, id+".on-error", &step, s)
		r.checkAbreast(&step)
		r.lintTotalTimeout(step, rec)
	}
	return step
}

// stepScope says which names a step's expressions may use.
func (r *reader) stepScope(s section) expr.Names {
	contexts := []string{"inputs", "env", "steps", "attempt", "run", "git", "host"}
	if r.inPolicy {
		contexts = []string{"env", "steps", "attempt", "run", "git", "host"}
	}
	if s.handling {
		contexts = append(contexts, "error")
	}
	return r.scope(contexts...)
}

// work reads what a step does: a script, a built-in step, or another steps file.
func (r *reader) work(step *Step, rec *source.Record, names expr.Names) {
	uses := rec.Node("uses")
	switch {
	case rec.Has("run") && rec.Has("uses"):
		r.Report(rec.KeyPos("uses"), "step", "a step runs a script, or uses a built-in step or a steps file: remove `run` or `uses`")
	case !rec.Has("run") && !rec.Has("uses") && len(rec.Unknown) == 0:
		r.Report(rec.Pos, "step", "this step does nothing: it needs `run` or `uses`")
	}
	step.Run = r.script(rec, "run")
	if rec.Has("shell") {
		step.Shell = r.shell(rec)
		if rec.Has("uses") && !rec.Has("run") {
			r.Report(rec.KeyPos("shell"), "step", "`shell` belongs to `run`; what a step uses has none")
		}
	}
	if rec.Has("with") && !rec.Has("uses") && !rec.Meant("uses") {
		r.Report(rec.KeyPos("with"), "step", "`with` belongs to `uses`; a script is given values through `env`")
	}
	if uses == nil {
		return
	}
	step.Uses = uses.Text
	if isPath(uses.Text) {
		step.Child, step.With = r.child(rec, uses, names)
	} else {
		step.With = r.builtin(rec, uses, names)
		if rec.Has("working-directory") {
			r.Report(rec.KeyPos("working-directory"), "step", "`working-directory` belongs to `run`; a built-in step works on the whole repository")
		}
	}
	r.checkParallel(step, rec)
}

// script reads a script, which is run as it stands.
func (r *reader) script(rec *source.Record, key string) string {
	n := rec.Node(key)
	if n == nil {
		return ""
	}
	r.noExpression(n, "script", "a script can't hold an expression, because its value would be run as code: pass it through `env:` and use the variable")
	if strings.TrimSpace(n.Text) == "" {
		r.Report(n.Pos, "step", "the script is empty")
	}
	return n.Text
}

// shells are those known by name; any other is a command with {0} in the place of the script's file.
func shells() []string { return []string{"bash", "sh", "python", "pwsh", "powershell", "cmd"} }

func (r *reader) shell(rec *source.Record) string {
	shell := r.plain(rec, "shell")
	n := rec.Node("shell")
	if n == nil || slices.Contains(shells(), shell) || strings.Contains(shell, "{0}") || strings.Contains(shell, opening) {
		return shell
	}
	program := "perl"
	if words := strings.Fields(shell); len(words) > 0 && slices.Contains(shells(), path.Base(words[0])) {
		program = shell
	}
	r.Report(n.Pos, "value", "unknown shell %q%s; any other is written as a command with {0} for the script's file, as in `%s {0}`", shell, source.Known(shell, shells()), program)
	return shell
}

// timeouts reads how long one execution may take, and how long all of them.
func (r *reader) timeouts(step *Step, rec *source.Record) {
	timeout, own := rec.Duration("timeout")
	if own {
		step.Timeout = timeout.Is
	}
	total, ok := rec.Duration("total-timeout")
	if !ok {
		return
	}
	step.TotalTimeout = total.Is
	if own && total.Is < timeout.Is {
		r.Warn(total.Pos, "limits", "`total-timeout` is %s, shorter than `timeout`, %s: no execution can take that long", written(total.Is), written(timeout.Is))
	}
}

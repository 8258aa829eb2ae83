package spec

import "github.com/belay-ci/belay/policy"

// abreast reports whether a step has items that run at the same time. They share the work tree.
func (s *Step) abreast() bool { return s.ForEach != nil && s.ForEach.MaxParallel > 1 }

// bringsBack returns what a route's retry does to the work tree, and false where that is nothing.
func bringsBack(r policy.Route) (policy.Workspace, bool) {
	retry, is := r.Action.(policy.RetryAction)
	return retry.Workspace, is && retry.Workspace.BringsBack()
}

// checkAbreast reports a step's own retries that would bring back the work tree while other items are at work in it.
func (r *reader) checkAbreast(step *Step) {
	for _, route := range step.OnError.List {
		if how, is := bringsBack(route); is && step.abreast() {
			r.Report(step.OnError.pos[route.ID], "step", "items that run at the same time share the work tree, and `workspace: %s` would undo what the others are still writing; leave it out, or `max-parallel`", how)
		}
	}
}

// lintAbreast warns of the policy's retries of that sort that reach such a step. all are the step's own routes and then
// the policy's.
func (r *reader) lintAbreast(step Step, p *Policy, all []policy.Route) {
	for i := len(step.OnError.List); i < len(all); i++ {
		_, hidden := policy.Unreachable(all, i)
		if how, is := bringsBack(all[i]); is && !hidden && step.abreast() {
			r.Warn(step.Pos, "step", "the items of this step run at the same time, and the policy's route at %s:%d retries with `workspace: %s`, which would undo what the others are still writing: it is passed over for this step", p.Name, p.Routes.pos[all[i].ID].Line, how)
		}
	}
}

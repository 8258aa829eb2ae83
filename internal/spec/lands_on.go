package spec

import "github.com/belay-ci/belay/internal/expr"

// Destination is where a land step puts a change, as the file has it.
type Destination struct {
	Branch   expr.Text // zero: the branch that is checked out
	Checkout expr.Text // the folder with a checkout of another repository; zero: the run's own
	TokenEnv expr.Text // the variable with a token for that one; zero: none
	Paths    []expr.Text
}

// String is how people read it: empty where the file leaves all of it open.
func (d Destination) String() string {
	branch, checkout := d.Branch.Source(), d.Checkout.Source()
	switch {
	case checkout == "":
		return branch
	case branch == "":
		return "the branch of " + checkout
	}
	return branch + " of " + checkout
}

// LandsOn lists where a step lands: on its `branch`, or on its `targets`.
func (s Step) LandsOn() []Destination {
	own := Destination{}.with(s.With)
	targets, _ := s.With["targets"].([]any)
	if len(targets) == 0 {
		return []Destination{own}
	}
	var list []Destination
	for _, target := range targets {
		if with, ok := target.(map[string]any); ok {
			list = append(list, own.with(with))
		}
	}
	return list
}

// with is the destination with what a mapping says of it.
func (d Destination) with(with map[string]any) Destination {
	if branch, ok := with["branch"].(expr.Text); ok {
		d.Branch = branch
	}
	if checkout, ok := with["checkout"].(expr.Text); ok {
		d.Checkout = checkout
	}
	if name, ok := with["token-env"].(expr.Text); ok {
		d.TokenEnv = name
	}
	list, ok := with["paths"].([]any)
	if !ok {
		return d
	}
	d.Paths = nil
	for _, path := range list {
		if text, ok := path.(expr.Text); ok {
			d.Paths = append(d.Paths, text)
		}
	}
	return d
}

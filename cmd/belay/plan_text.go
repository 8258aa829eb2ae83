package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/columns"
)

// text shows the plan to people.
func (p plan) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s, policy %s\n", p.Name, p.StepsFile, p.Policy)
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		fmt.Fprintf(&b, "input %s = %s\n", name, p.Inputs[name])
	}
	shown := map[string]string{}
	for i, s := range p.Steps {
		s.write(&b, "", i+1, shown)
	}
	if len(p.Finally) > 0 {
		b.WriteString("\nfinally\n")
	}
	for i, s := range p.Finally {
		s.write(&b, "", i+1, shown)
	}
	p.writeWorst(&b)
	return b.String()
}

// write shows a step. shown has the routes that were shown already, and of which step: most steps have the policy's alone.
func (s plannedStep) write(b *strings.Builder, margin string, n int, shown map[string]string) {
	fmt.Fprintf(b, "\n%s%2d. %s", margin, n, s.ID)
	if s.Name != "" {
		fmt.Fprintf(b, " (%s)", s.Name)
	}
	fmt.Fprintf(b, ": %s\n%s    %s\n", s.Does, margin, strings.Join(s.facts(), "; "))
	routes := s.routes()
	if of, ok := shown[strings.Join(routes, "\n")]; ok && len(routes) > 1 {
		routes = []string{"the routes of " + of}
	} else {
		shown[strings.Join(routes, "\n")] = s.ID
	}
	for _, route := range routes {
		fmt.Fprintf(b, "%s      %s\n", margin, route)
	}
	for i, inner := range s.Steps {
		inner.write(b, margin+"    ", i+1, shown)
	}
}

// routes are the step's routes, a line each.
func (s plannedStep) routes() []string {
	width := 0
	for _, r := range s.Routes {
		width = max(width, columns.Width(r.on()))
	}
	var lines []string
	for _, r := range s.Routes {
		lines = append(lines, columns.Pad(r.on(), width)+"  → "+r.does())
	}
	return lines
}

// facts are what is to be known of a step besides its routes.
func (s plannedStep) facts() []string {
	var facts []string
	add := func(is bool, fact string) {
		if is {
			facts = append(facts, fact)
		}
	}
	add(s.If != "", "if "+s.If)
	add(len(s.Items) > 0, "for each of "+s.ForEach)
	add(s.MaxParallel > 0 && len(s.Items) == 0, "for each item: "+s.ForEach)
	add(s.MaxParallel > 1, fmt.Sprintf("%d at a time", s.MaxParallel))
	add(s.Timeout > 0, "at most "+span(s.Timeout)+" each time")
	add(s.TotalTimeout > 0, "at most "+span(s.TotalTimeout)+" with all re-runs")
	add(s.MayFail, "may fail")
	add(true, "at worst "+s.Worst.text())
	return facts
}

func (r plannedRoute) on() string {
	return strings.Replace(r.On, "its `if`", "if "+r.If, 1)
}

func (r plannedRoute) does() string {
	if len(r.Recovery) == 0 {
		return r.Does
	}
	return r.Does + ": " + strings.Join(r.Recovery, ", ")
}

func (w worst) text() string {
	text := fmt.Sprintf("%d executions", w.Executions)
	if w.Executions == 1 {
		text = "1 execution"
	}
	switch {
	case w.Endless && w.Waits > 0:
		text += " and " + span(w.Waits) + " of waiting"
	case !w.Endless:
		text += " in " + span(w.Time)
	}
	return text
}

func (p plan) writeWorst(b *strings.Builder) {
	took := span(p.Worst.Time)
	if p.Worst.Endless {
		took = "any: a step without a timeout takes as long as it likes"
	}
	limits := p.Limits
	fmt.Fprintf(b, "\nAt worst, with all routes used up\n")
	for _, line := range []struct {
		what, most string
		limited    bool
		limit      string
	}{
		{"executions", fmt.Sprint(p.Worst.Executions), limits.Executions > 0, fmt.Sprintf("the limit is %d", limits.Executions)},
		{"retries", fmt.Sprint(p.Worst.Retries), limits.Retries > 0, fmt.Sprintf("the limit is %d", limits.Retries)},
		{"restarts", fmt.Sprint(p.Restarts), false, ""},
		{"waiting", span(p.Worst.Waits), false, ""},
		{"time", took, limits.Deadline > 0, fmt.Sprintf("the deadline is %s, of which %s are kept for rollback and finally", span(limits.Deadline), span(limits.Reserve))},
	} {
		if line.limited {
			line.most += "; " + line.limit
		}
		fmt.Fprintf(b, "  %-11s %s\n", line.what, line.most)
	}
}

// span writes a duration as the files do, to the second: 5m, not 5m0s.
func span(d time.Duration) string {
	if d > time.Second {
		d = d.Round(time.Second)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/spf13/cobra"
)

func (a app) planCommand() *cobra.Command {
	var flags fileFlags
	var matrix matrixFlags
	var given []string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what would run: the steps, their routes, and the worst case",
		Long: `plan says what would run: the steps, their routes, and the worst case.

With --matrix it prints the items of a step's for-each as the matrix of the CI host's jobs instead: on GitHub as the
output "matrix" of one key "item", for the file that GITHUB_OUTPUT names; on GitLab as parallel:matrix with the
variable ITEM, for the configuration of a child pipeline. Every job then runs the same files for its one item:

    belay plan --matrix --input regions=eu,us >> "$GITHUB_OUTPUT"
    belay run --input regions=eu`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := flags.read()
			if err != nil {
				return err
			}
			if err := f.report(a); err != nil {
				return err
			}
			if matrix.matrix {
				return a.writeMatrix(f, matrix, given)
			}
			if _, wrong := givenInputs(f.steps.Inputs, given); len(wrong) > 0 {
				return badInput("%w", errors.Join(wrong...))
			}
			return writePlan(a.stdout, f)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&given, "input", nil, "an input of the steps file, as name=value; may be repeated")
	cmd.Flags().BoolVar(&matrix.matrix, "matrix", false, "print the items of a step as the matrix of the CI host's jobs")
	cmd.Flags().StringVar(&matrix.step, "step", "", "with --matrix, the id of the step (default the only one with a for-each)")
	return cmd
}

// writePlan prints the steps with every route that can act on them, the step's own first.
func writePlan(w io.Writer, f files) error {
	var b strings.Builder
	title := f.steps.Name
	if title == "" {
		title = f.stepsFile.Name
	}
	fmt.Fprintf(&b, "%s\n", title)
	executions, sleep := 0, time.Duration(0)
	for i, step := range f.steps.Steps {
		routes := f.policy.RoutesOf(step).List
		more, wait := policy.WorstCase(routes)
		executions, sleep = executions+more, sleep+wait
		writeStep(&b, i+1, step, routes)
	}
	restarts := policy.MostRestarts(f.policy.Routes.List)
	if len(f.steps.Finally) > 0 {
		fmt.Fprintf(&b, "\nfinally\n")
		for i, step := range f.steps.Finally {
			writeStep(&b, i+1, step, f.policy.RoutesAside(step).List)
		}
	}
	fmt.Fprintf(&b, "\nWorst case: %d executions and %s of waiting", executions*(restarts+1), sleep*time.Duration(restarts+1))
	if restarts > 0 {
		fmt.Fprintf(&b, ", with %d restarts", restarts)
	}
	fmt.Fprintf(&b, ".\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeStep(b *strings.Builder, n int, step spec.Step, routes []policy.Route) {
	what := "run"
	if step.Uses != "" {
		what = "uses " + step.Uses
	}
	fmt.Fprintf(b, "\n%2d. %s: %s", n, step.ID, what)
	if step.Timeout > 0 {
		fmt.Fprintf(b, ", at most %s", step.Timeout)
	}
	if step.TotalTimeout > 0 {
		fmt.Fprintf(b, ", %s with all re-runs", step.TotalTimeout)
	}
	if step.If != nil {
		fmt.Fprintf(b, ", if %s", step.If.Source())
	}
	fmt.Fprintln(b)
	for _, r := range routes {
		fmt.Fprintf(b, "      on %-28s %s\n", r.Match, r.Action)
	}
}

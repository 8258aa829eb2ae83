package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a app) planCommand() *cobra.Command {
	var flags fileFlags
	var matrix matrixFlags
	var given []string
	var asJSON bool
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
			values, wrong := givenInputs(f.steps.Inputs, given)
			if len(wrong) > 0 {
				return badInput("%w", errors.Join(wrong...))
			}
			return a.writePlan(planned(f, values), asJSON)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&given, "input", nil, "an input of the steps file, as name=value; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&matrix.matrix, "matrix", false, "print the items of a step as the matrix of the CI host's jobs")
	cmd.Flags().StringVar(&matrix.step, "step", "", "with --matrix, the id of the step (default the only one with a for-each)")
	return cmd
}

// writePlan prints a plan, as text or as JSON.
func (a app) writePlan(p plan, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprint(a.stdout, p.text())
		return err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write plan as JSON: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", text)
	return err
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a app) planCommand() *cobra.Command {
	var flags fileFlags
	var inputs []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what would run: the steps, their routes, and the worst case",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := flags.read()
			if err != nil {
				return err
			}
			if err := f.report(a); err != nil {
				return err
			}
			given, wrong := givenInputs(f.steps.Inputs, inputs)
			if len(wrong) > 0 {
				return badInput("%w", errors.Join(wrong...))
			}
			p := planned(f, given)
			if !asJSON {
				_, err = fmt.Fprint(a.stdout, p.text())
				return err
			}
			text, err := json.MarshalIndent(p, "", "  ")
			if err != nil {
				return fmt.Errorf("write plan as JSON: %w", err)
			}
			_, err = fmt.Fprintf(a.stdout, "%s\n", text)
			return err
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&inputs, "input", nil, "an input of the steps file, as name=value; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a app) checkCommand() *cobra.Command {
	var flags fileFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the steps file and the policy: every mistake at once, nothing is run",
		Long: `Checks the steps file and the policy, and prints every mistake in both with its line, column and a caret. Nothing is run. The
exit code is 2 when there is a mistake; a warning is none.`,
		Example: `  belay check
  belay check --steps ci/promote.yml --policy retry`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := flags.read()
			if err != nil {
				return err
			}
			if err := f.report(a); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "%s and policy %s are fine: %d steps, %d routes\n",
				f.stepsFile.Name, f.policyFile.Name, len(f.steps.Steps), len(f.policy.Routes.List))
			return err
		},
	}
	flags.add(cmd)
	return cmd
}

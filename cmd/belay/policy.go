package main

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/internal/spec"
	"github.com/spf13/cobra"
)

func (a app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Show the policies belay brings along",
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "show NAME",
		Short:     "Print a preset as YAML, ready to edit: " + strings.Join(spec.Presets(), ", "),
		Args:      cobra.ExactArgs(1),
		ValidArgs: spec.Presets(),
		RunE: func(cmd *cobra.Command, args []string) error {
			preset, ok := spec.Preset(args[0])
			if !ok {
				return badInput("there is no preset %q; the presets are %s", args[0], strings.Join(spec.Presets(), ", "))
			}
			_, err := fmt.Fprintf(a.stdout, "%s", preset.Data)
			return err
		},
	})
	return cmd
}

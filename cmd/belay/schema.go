package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/reference"
	"github.com/belay-ci/belay/runner"
	"github.com/spf13/cobra"
)

// schemaFiles are the files that have a schema, as `belay schema` calls them.
func schemaFiles() []string { return []string{"steps", "policy", "events"} }

func (a app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema " + strings.Join(schemaFiles(), "|"),
		Short: "Print the JSON Schema of the steps file, the policy file or the events of --json",
		Long: `Prints the JSON Schema (draft 2020-12) of one of the two files, or of a line of ` + "`belay run --json`" + `. An editor that
knows YAML completes and checks with it:

  belay schema steps > .belay/steps.schema.json

and as the first line of .belay/steps.yml:

  # yaml-language-server: $schema=steps.schema.json`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: schemaFiles(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(schemaFiles(), args[0]) {
				return badInput("there is no schema of %q; there is one of %s", args[0], strings.Join(schemaFiles(), ", "))
			}
			text, err := schema(args[0])
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(text)
			return err
		},
	}
}

// schema returns a file's schema as JSON, ready to be read.
func schema(file string) ([]byte, error) {
	var s reference.Schema
	switch file {
	case "steps":
		s = reference.StepsSchema(runner.Builtins())
	case "policy":
		s = reference.PolicySchema(runner.Builtins())
	case "events":
		s = reference.EventsSchema()
	}
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	err := out.Encode(s)
	return []byte(text.String()), err
}

package main

import (
	"fmt"
	"strings"

	"github.com/belay-ci/belay/runner/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is a part of the list of commands, in the order in which a newcomer meets them.
type group struct {
	id, title string
	commands  []*cobra.Command
}

func (a app) groups() []group {
	return []group{
		{"begin", "Begin here:", []*cobra.Command{a.demoCommand(), a.initCommand(), a.doctorCommand()}},
		{"before", "Before a run:", []*cobra.Command{a.checkCommand(), a.planCommand(), a.simulateCommand(), a.testCommand(), a.policyCommand()}},
		{"run", "In the job:", []*cobra.Command{a.runCommand(), a.resumeCommand(), a.failCommand()}},
		{"after", "Afterwards:", []*cobra.Command{a.rollbackCommand(), a.stageCommand()}},
		{"more", "More:", []*cobra.Command{a.schemaCommand(), a.manCommand(), a.versionCommand()}},
	}
}

// addCommands adds the commands to root, each in its group.
func (a app) addCommands(root *cobra.Command) {
	for _, g := range a.groups() {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	nameValues(root, values())
}

// values is what flags take, for --help and the manual page.
func values() map[string]string {
	return map[string]string{
		"branch": "NAME", "commit": "HASH", "dir": "DIR", "fail": "STEP=OUTCOMES", "forge": "NAME", "from": "STEP", "hint": "HINT", "host": "NAME",
		"input": "NAME=VALUE", "junit": "FILE", "kind": "KIND", "output": "STEP.NAME=VALUE", "path": "PATH", "policy": "FILE|PRESET", "report-dir": "DIR",
		"retry-after": "TIME", "run": "ID", "run-id": "ID", "seed": "N", "stage": "NAME", "step": "STEP", "steps": "FILE",
	}
}

// namedValue is a flag's value that says what it is, and not only its type.
type namedValue struct {
	pflag.Value
	name string
}

// Type implements pflag.Value.
func (v namedValue) Type() string { return v.name }

func nameValues(cmd *cobra.Command, names map[string]string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if name, ok := names[f.Name]; ok && f.Value.Type() != "bool" {
			f.Value = namedValue{f.Value, name}
			f.DefValue = strings.TrimSuffix(strings.TrimPrefix(f.DefValue, "[]"), "0s") // none, and not what a list or a time is then
		}
	})
	for _, c := range cmd.Commands() {
		nameValues(c, names)
	}
}

// exitCodes lists what a run can end with, for --help.
func exitCodes() string {
	var out strings.Builder
	for _, e := range report.Exits() {
		fmt.Fprintf(&out, "\n  %3d  %s", e.Code, e.Means)
	}
	return out.String()
}

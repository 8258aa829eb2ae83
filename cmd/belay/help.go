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
	commands  []command
}

// command is a command by its name, made when it is wanted.
type command struct {
	name string
	made func() *cobra.Command
}

func (a app) groups() []group {
	return []group{
		{"begin", "Begin here:", []command{{"demo", a.demoCommand}, {"init", a.initCommand}, {"doctor", a.doctorCommand}}},
		{"before", "Before a run:", []command{
			{"check", a.checkCommand}, {"plan", a.planCommand}, {"simulate", a.simulateCommand}, {"test", a.testCommand}, {"policy", a.policyCommand},
		}},
		{"run", "In the job:", []command{{"run", a.runCommand}, {"resume", a.resumeCommand}, {"fail", a.failCommand}}},
		{"after", "Afterwards:", []command{{"rollback", a.rollbackCommand}, {"stage", a.stageCommand}}},
		{"more", "More:", []command{{"schema", a.schemaCommand}, {manName, a.manCommand}, {"version", a.versionCommand}}},
	}
}

// addCommands adds the commands to root, each in its group. Where the arguments name one it is the only one that is made: nobody
// sees the others then, and they are a tenth of what it takes belay to start.
func (a app) addCommands(root *cobra.Command) {
	groups := a.groups()
	alone := named(groups, a.args)
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			if alone == "" || alone == c.name {
				made := c.made()
				made.GroupID = g.id
				root.AddCommand(made)
			}
		}
	}
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	nameValues(root, values())
}

// named is the command that the arguments begin with. It is empty where there is none, and where all are to be told of.
func named(groups []group, args []string) string {
	if len(args) == 0 || args[0] == manName {
		return ""
	}
	for _, g := range groups {
		for _, c := range g.commands {
			if c.name == args[0] {
				return c.name
			}
		}
	}
	return ""
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

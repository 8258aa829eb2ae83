package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestHelpSaysWhatFlagsTake(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Parent() != nil && c.Parent().Parent() == nil && c.GroupID == "" {
			t.Errorf("%s is in no group", c.CommandPath())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if kind := f.Value.Type(); kind != "bool" && kind != strings.ToUpper(kind) {
				t.Errorf("%s --%s takes a %s: say of what", c.CommandPath(), f.Name, kind)
			}
			if strings.Contains(f.Usage, "`") { // pflag takes it for what the flag takes
				t.Errorf("%s --%s has a backquote in its text", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(app{}.root())
}

func TestHelpFitsATerminal(t *testing.T) {
	var out strings.Builder
	a := app{args: []string{"--help"}, stdout: &out, stderr: &out}
	if code := a.main(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"Begin here:", "belay demo", "In the job:", "Afterwards:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "\n") > 45 {
		t.Errorf("it is longer than a screen:\n%s", out.String())
	}
}

// A command that was named is made without the others. What it says must not depend on that.
func TestACommandIsTheSameAlone(t *testing.T) {
	for _, g := range (app{}).groups() {
		for _, c := range g.commands {
			t.Run(c.name, func(t *testing.T) {
				if name := c.made().Name(); name != c.name {
					t.Fatalf("it is called %s", name)
				}
				help := func(root *cobra.Command) string {
					var out strings.Builder
					root.SetOut(&out)
					root.SetArgs([]string{c.name, "--help"})
					if err := root.Execute(); err != nil {
						t.Fatal(err)
					}
					return out.String()
				}
				alone := app{args: []string{c.name}}.root()
				if diff := cmp.Diff(help(app{}.root()), help(alone)); diff != "" {
					t.Errorf("--help with the other commands and alone (-want +got):\n%s", diff)
				}
				if c.name != manName && (len(alone.Commands()) == 0 || len(alone.Commands()) > 3) { // itself, and cobra's completion and help
					t.Errorf("%d commands were made", len(alone.Commands()))
				}
			})
		}
	}
}

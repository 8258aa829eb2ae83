package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/belay-ci/belay/runner/report"
)

// manName is the command that tells of all others.
const manName = "man"

func (a app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   manName,
		Short: "Print the manual page",
		Long: `Prints the manual page belay(1) in man's own format:

  belay man > /usr/local/share/man/man1/belay.1`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(a.stdout, manual(cmd.Root(), a.version))
			return err
		},
	}
}

// manual is the page in man(7)'s macros, made of the commands and the tables.
func manual(root *cobra.Command, version string) string {
	var out strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	add(`.TH BELAY 1 "" "belay %s" "User Commands"`, roff(version))
	add(".SH NAME\nbelay \\- %s", roff(lowerFirst(root.Short)))
	add(".SH SYNOPSIS\n.B belay\n.I command\n[\\fIflags\\fR]")
	add(".SH DESCRIPTION\n%s", paragraphs(root.Long))
	add(".SH COMMANDS")
	each(root, func(c *cobra.Command) {
		add(".SS %s", roff(c.UseLine()))
		about := c.Long
		if about == "" {
			about = c.Short + "."
		}
		add("%s", paragraphs(about))
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden {
				add(".TP\n%s\n%s", flagName(f), roff(f.Usage))
			}
		})
	})
	add(".SH EXIT STATUS")
	for _, e := range report.Exits() {
		add(".TP\n.B %d\n%s", e.Code, roff(e.Means))
	}
	add(".SH FILES")
	for _, f := range [][2]string{
		{defaultSteps, "The steps, where --steps does not say otherwise."},
		{defaultPolicy, "The policy, where --policy does not say otherwise; without it, a preset."},
	} {
		add(".TP\n.I %s\n%s", roff(f[0]), roff(f[1]))
	}
	add(".SH ENVIRONMENT")
	for _, v := range [][2]string{
		{"BELAY_TOKEN", "The token to fetch and push with."},
		{"BELAY_PR_TOKEN", "The token for pull requests, if that is another one."},
		{"BELAY_OUTPUTS_FILE", "Where outputs go on GitLab and Jenkins."},
		{"BELAY_DEBUG", "If set, the log is as with --verbose."},
		{"NO_COLOR", "If set, the log has no colour."},
	} {
		add(".TP\n.B %s\n%s", v[0], roff(v[1]))
	}
	add(".SH SEE ALSO\n.BR git (1)\n.PP\nhttps://github.com/belay\\-ci/belay")
	return out.String()
}

// each visits every command that does something, in the order of --help.
func each(parent *cobra.Command, visit func(*cobra.Command)) {
	for _, c := range parent.Commands() {
		switch {
		case !c.IsAvailableCommand():
		case c.Runnable():
			visit(c)
		default:
			each(c, visit)
		}
	}
}

func flagName(f *pflag.Flag) string {
	name := "\\fB\\-\\-" + roff(f.Name) + "\\fR"
	if f.Shorthand != "" {
		name = "\\fB\\-" + f.Shorthand + "\\fR, " + name
	}
	if kind := f.Value.Type(); kind != "bool" {
		name += " \\fI" + kind + "\\fR"
	}
	return name
}

// paragraphs writes text whose indented lines are examples.
func paragraphs(text string) string {
	var out []string
	for block := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(block, "  ") {
			out = append(out, ".PP\n.nf\n.RS 4\n"+roff(dedented(block))+"\n.RE\n.fi")
			continue
		}
		out = append(out, ".PP\n"+roff(block))
	}
	return strings.Join(out, "\n")
}

// dedented takes off the white space that all lines begin with.
func dedented(block string) string {
	lines := strings.Split(strings.Trim(block, "\n"), "\n")
	least := len(block)
	for _, line := range lines {
		least = min(least, len(line)-len(strings.TrimLeft(line, " ")))
	}
	for i := range lines {
		lines[i] = lines[i][least:]
	}
	return strings.Join(lines, "\n")
}

// roff escapes what man(7) would take for markup.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "“", `\(lq`, "”", `\(rq`, "…", "...").Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

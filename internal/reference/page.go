package reference

import (
	"strconv"
	"strings"

	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
	"github.com/belay-ci/belay/runner/process"
	"github.com/belay-ci/belay/runner/report"
)

// Command is a command of the program, for the page.
type Command struct {
	Path, About string
	Help        string // as `--help` shows it
}

// section is a section of the page.
type section struct {
	title string
	write func(p *page)
}

func sections(commands []Command) []section {
	return []section{
		{"The steps file", writeStepsFile},
		{"Shells", writeShells},
		{"Built-in steps", writeBuiltins},
		{"The policy file", writePolicyFile},
		{"Actions", writeActions},
		{"Presets", writePresets},
		{"Kinds", writeKinds},
		{"Expressions", writeExpressions},
		{"The environment of a step", writeEnvironment},
		{"The error file", writeErrorFile},
		{"Outputs", writeOutputs},
		{"Exit codes", writeExits},
		{"Inputs of the GitHub Action", writeInputs},
		{"Commands", func(p *page) { writeCommands(p, commands) }},
		{"What `belay check` says", writeRules},
	}
}

// Page is the reference page, in Markdown.
func Page(commands []Command) string {
	p := &page{}
	p.heading(1, "Reference")
	p.para("<!-- Made from the tables in the code by `go generate ./cmd/belay`. Change it there. -->")
	p.para("Everything that has a name in belay: keys, kinds, actions, functions, variables, exit codes. What to use when is in the [guides](README.md). A duration is written `90s`, `5m` or `1h30m`.")
	all := sections(commands)
	for _, s := range all {
		p.WriteString("- [" + s.title + "](#" + slug(s.title) + ")\n")
	}
	p.WriteString("\n")
	for _, s := range all {
		p.heading(2, s.title)
		s.write(p)
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// slug is the anchor GitHub gives a heading.
func slug(title string) string {
	return strings.NewReplacer(" ", "-", "`", "", ".", "", ",", "", ":", "").Replace(strings.ToLower(title))
}

func writeShells(p *page) {
	p.para("`shell` names what runs a script. The script goes into a file, whose path stands for `{0}`; a command of your own with `{0}` in it is a shell too.")
	var rows [][]string
	for _, s := range process.Shells() {
		name := code(s.Name)
		if s.Name == "" {
			name = "none"
		}
		rows = append(rows, []string{name, code(s.Program + " " + s.Args), sentence(s.Means)})
	}
	p.table([]string{"Shell", "Runs", "What it is"}, rows)
}

func writePresets(p *page) {
	p.para("A preset is a policy that comes with belay. Name it where a policy file could be named; `belay policy show NAME` prints it, ready to edit. A run without any policy has the preset `%s`.", spec.DefaultPreset)
	for _, name := range spec.Presets() {
		preset, _ := spec.Preset(name)
		p.heading(3, "Preset "+code(name))
		p.para("<!-- check: policy -->")
		p.block("yaml", string(preset.Data))
	}
}

func writeKinds(p *page) {
	p.para("Every failure has one kind, a dotted lower-case name. A kind in a `match` stands for itself and everything under it: `git` matches `git.conflict`. The kinds below are belay's; any other name is yours to give, by [`classify`](#classify) or in the [error file](#the-error-file).")
	for _, info := range policy.Kinds() {
		p.heading(3, `<a id="`+Anchor(info.Kind)+`"></a>`+code(string(info.Kind)))
		p.para("%s", info.Means)
		p.para("**What to do:** %s [More](troubleshooting.md#%s).", info.Advice, info.Kind.Anchor())
		if info.NamedOnly {
			p.para("A `retry` route takes it only where its `match` names this very kind.")
		}
	}
}

func writeExpressions(p *page) {
	p.para("An expression is written `${{ … }}`. It may stand in values of `env` and `with`, in `working-directory`, and in the conditions `if` and `match.if`, where the braces may be left away. It can't stand in `run`: a script is given values through `env`. Names and types are checked before anything runs.")
	p.para("The language is [expr-lang's](https://expr-lang.org/docs/language-definition), without variables and methods: `== != < > && || ! + - * / ?: ??`, `'text'`, `[1, 2]`, `in`, `matches`, `contains`. An input, a variable or an output that is not set is empty text, never `nil`: a default for it is `env.A != '' ? env.A : 'default'`, and `??` is for what JSON may leave out.")
	p.heading(3, "Contexts")
	var rows [][]string
	for _, c := range expr.Contexts() {
		rows = append(rows, []string{code(c.Name), c.Means})
		for _, f := range c.Fields {
			rows = append(rows, []string{code(c.Name + "." + f.Name), sentence(f.Means)})
		}
	}
	p.table([]string{"Name", "What it is"}, rows)
	p.heading(3, "Functions")
	rows = nil
	for _, f := range expr.Functions() {
		means := f.Means
		if f.Status {
			means += " In a step's `if` only."
		}
		rows = append(rows, []string{code(f.Name), means})
	}
	p.table([]string{"Function", "What it gives"}, rows)
}

func writeEnvironment(p *page) {
	p.para("A step inherits belay's environment without belay's own tokens, then gets the file's `env`, what earlier steps left, its own `env`, and these:")
	var rows [][]string
	for _, v := range spec.OwnVariables() {
		rows = append(rows, []string{code(v.Name), v.Means})
	}
	p.table([]string{"Variable", "What it holds"}, rows)
	p.para("Each attempt has files of its own. Only what the attempt that succeeded wrote is kept. These names can't be set for later steps; write them into the step's `env` where they are needed:")
	rows = nil
	for _, r := range process.RefusedEnvs() {
		rows = append(rows, []string{code(r.Pattern), sentence(r.Why)})
	}
	p.table([]string{"Name", "Why"}, rows)
}

func writeErrorFile(p *page) {
	p.para("A step that writes the file `$BELAY_ERROR` has failed, whatever its exit code, and says why. [`belay fail`](#belay-fail) writes it in one line. By hand it is a JSON object, or `key=value` lines, with these keys, none of them required:")
	var rows [][]string
	for _, k := range process.RaisedKeys() {
		rows = append(rows, []string{code(k.Name), k.Type, sentence(k.Means)})
	}
	p.table([]string{"Key", "Value", "Meaning"}, rows)
	var hints []string
	for _, h := range policy.Hints() {
		hints = append(hints, string(h))
	}
	p.para("A hint is one of %s. The policy may take it or not.", codes(hints))
}

func writeOutputs(p *page) {
	p.para("On GitHub these are outputs of the step that uses belay. On GitLab and Jenkins they are `BELAY_RESULT` and so on, in the files `belay.env` (a dotenv report) and `belay.properties`.")
	var rows [][]string
	for _, o := range report.Outputs() {
		rows = append(rows, []string{code(o.Name), o.Means})
	}
	p.table([]string{"Output", "What it says"}, rows)
}

func writeExits(p *page) {
	var rows [][]string
	for _, e := range report.Exits() {
		rows = append(rows, []string{strconv.Itoa(e.Code), e.Means})
	}
	p.table([]string{"Exit code", "Meaning"}, rows)
}

func writeInputs(p *page) {
	var rows [][]string
	for _, in := range host.Inputs() {
		rows = append(rows, []string{code(in.Name), code(in.Default), in.Means})
	}
	p.table([]string{"Input", "Default", "Meaning"}, rows)
}

func writeCommands(p *page, commands []Command) {
	for _, c := range commands {
		p.heading(3, code(c.Path))
		p.para("%s", c.About)
		p.block("text", c.Help)
	}
}

func writeRules(p *page) {
	p.para("Every message of `belay check` ends with the rule it belongs to, in brackets. It is an error, and nothing runs, unless it begins with `warning:`.")
	var rows [][]string
	for _, r := range spec.Rules() {
		rows = append(rows, []string{code(r.Name), r.Means})
	}
	p.table([]string{"Rule", "What it asks for"}, rows)
}

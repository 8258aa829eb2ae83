package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/belay-ci/belay/internal/simulate"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/spf13/cobra"
)

// simulateFlags are the flags of `belay simulate`.
type simulateFlags struct {
	fileFlags
	fail   []string
	inputs []string
	left   []string
	host   string
	seed   uint64
	seeded bool
	json   bool
}

func (a app) simulateCommand() *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:     "simulate",
		Short:   "Play the policy with failures of your choice: no process, no wait, the decisions of a real run",
		Long:    simulateHelp(),
		Example: "  belay simulate --fail smoke=timeout,exit:1,ok\n  belay simulate --fail land=git.conflict --fail smoke=exit:75!retry-after:90s@30s,signal:KILL",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flags.seeded = cmd.Flags().Changed("seed")
			return a.simulate(flags)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringArrayVar(&flags.fail, "fail", nil, "how the executions of a step end, as STEP=OUTCOME,OUTCOME; may be repeated")
	cmd.Flags().StringArrayVar(&flags.inputs, "input", nil, "an input of the steps file, as name=value; may be repeated")
	cmd.Flags().StringArrayVar(&flags.left, "output", nil, "what a step leaves when it succeeds, as STEP.NAME=VALUE; may be repeated")
	cmd.Flags().StringVar(&flags.host, "host", "local", "the CI host, such as github: only a CI host can be asked for a rerun")
	_ = cmd.RegisterFlagCompletionFunc("host", cobra.FixedCompletions(spec.Hosts(), cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().Uint64Var(&flags.seed, "seed", 0, "draw the jitter of waits by this seed (default the middle of each)")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	return cmd
}

// simulateHelp explains the outcomes from their table.
func simulateHelp() string {
	var b strings.Builder
	b.WriteString(`Plays the steps file and the policy in virtual time, and prints what would be done about each failure. The exit
code says only whether the simulation could be played; the run's is in the last lines.

A checkout that was clean at the start is assumed, and a rollback that can be opened. A step's executions end as
listed, one after another, over retries and restarts; after the last of them it succeeds. The step deploy[eu] is one
item of a for-each, promote/check is a step in the file that promote runs. An outcome is one of

`)
	for _, o := range spec.OutcomeForms() {
		fmt.Fprintf(&b, "  %-20s %s\n", o.Form, o.Means)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (a app) simulate(flags simulateFlags) error {
	if !slices.Contains(spec.Hosts(), flags.host) {
		return badInput("there is no host %q; a run is played on one of %s", flags.host, strings.Join(spec.Hosts(), ", "))
	}
	f, err := flags.read()
	if err != nil {
		return err
	}
	if err := f.report(a); err != nil {
		return err
	}
	fail, arguments, problems := spec.ReadFail(flags.fail, f.steps, f.policy)
	if err := a.report(problems, arguments); err != nil {
		return err
	}
	left, arguments, problems := spec.ReadOutputs(flags.left, f.steps, f.policy)
	if err := a.report(problems, arguments); err != nil {
		return err
	}
	given, wrong := givenInputs(f.steps.Inputs, flags.inputs)
	if len(wrong) > 0 {
		return badInput("%w", errors.Join(wrong...))
	}
	job := simulate.Job{
		Steps: f.steps, Policy: f.policy, Fail: fail, Left: left, Inputs: given,
		Env: environ(a.environ()), Host: flags.host,
	}
	if flags.seeded {
		job.Draw = rand.New(rand.NewPCG(flags.seed, 0)).Float64
	}
	timeline := simulate.Run(job)
	if flags.json {
		text, err := simulate.JSON(timeline)
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(text)
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s, simulated\n\n%s", f.title(), simulate.Text(timeline))
	return err
}

// environ is an environment by name.
func environ(list []string) map[string]string {
	env := map[string]string{}
	for _, kv := range list {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}

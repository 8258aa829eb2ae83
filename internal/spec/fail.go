package spec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/belay-ci/belay/internal/source"
)

// ReadFail reads how steps fail as a command line has it, one `STEP=OUTCOME,OUTCOME,…` after another. Diagnostics
// speak of the returned file, which has the arguments as its lines.
func ReadFail(args []string, s *Steps, p *Policy) ([]Fail, source.File, source.Diagnostics) {
	file := source.File{Name: "--fail", Data: []byte(strings.Join(args, "\n"))}
	r := &reader{Decoder: source.Decoder{File: file.Name}}
	var list []Fail
	for i, arg := range args {
		at := func(offset int) source.Pos {
			return source.Pos{Line: i + 1, Col: 1 + utf8.RuneCountInString(arg[:min(offset, len(arg))])}
		}
		step, outcomes, ok := strings.Cut(arg, "=")
		if !ok {
			r.Report(at(0), "outcome", "write how a step fails as STEP=OUTCOME,OUTCOME, as in smoke=timeout,exit:1,ok")
			continue
		}
		if slices.ContainsFunc(list, func(f Fail) bool { return f.Step == step }) {
			r.Report(at(0), "outcome", "step %q is there twice; write its outcomes one after another", step)
		}
		f := Fail{Step: step, Pos: at(0)}
		begin := len(step) + 1
		for text := range strings.SplitSeq(outcomes, ",") {
			here := begin
			f.Outcomes = append(f.Outcomes, outcomeReader{&r.Decoder, func(o int) source.Pos { return at(here + o) }}.read(text))
			begin += len(text) + 1
		}
		list = append(list, f)
	}
	r.checkFail(list, s, p)
	return list, file, r.Problems.Sorted()
}

// ReadOutputs reads what steps leave as a command line has it, one `STEP.NAME=VALUE` after another. Diagnostics speak
// of the returned file, which has the arguments as its lines.
func ReadOutputs(args []string, s *Steps, p *Policy) ([]Outputs, source.File, source.Diagnostics) {
	file := source.File{Name: "--output", Data: []byte(strings.Join(args, "\n"))}
	r := &reader{Decoder: source.Decoder{File: file.Name}}
	var list []Outputs
	for i, arg := range args {
		at := source.Pos{Line: i + 1, Col: 1}
		name, value, ok := strings.Cut(arg, "=")
		dot := strings.LastIndexByte(name, '.')
		if !ok || dot < 0 {
			r.Report(at, "outcome", "write what a step leaves as STEP.NAME=VALUE, as in list.regions=[]")
			continue
		}
		r.knownStep(name[:dot], at, everyStep(s, p))
		list = append(list, Outputs{Step: name[:dot], Pos: at, Values: map[string]string{name[dot+1:]: value}})
	}
	return list, file, r.Problems.Sorted()
}

package expr

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestBombsAreStopped(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	list := make([]any, 10_000)
	for i := range list {
		list[i] = "a"
	}
	tests := []struct{ name, text string }{
		{"loops in loops", "${{ all(item, all(item, all(item, true))) }}"},
		{"loops in loops over ranges", "${{ all(1..9999, all(1..99, all(1..99, true))) }}"},
		{"text that grows", "${{ " + strings.Repeat("map(", 20) + "[env.BIG]" + strings.Repeat(", # + # + # + #)", 20) + " }}"},
		{"a long search in a loop", "${{ any(item, env.BIG contains 'y') }}"},
		{"a replacement of nothing by much", "${{ replace(env.BIG, '', env.BIG) }}"},
		{"a long separator", "${{ join(item, env.BIG) }}"},
		{"JSON in a loop", "${{ map(item, toJSON(env)) }}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, problems := ParseText(tt.text, everything())
			if problems != nil {
				t.Fatal(problems)
			}
			started := time.Now()
			_, err := text.Eval(Values{Env: map[string]string{"BIG": big}, Item: list})
			if !errors.Is(err, errCost) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestHugeExpressionsAreProblems(t *testing.T) {
	for name, s := range map[string]string{
		"too long":         "${{ '" + strings.Repeat("x", maxLength) + "' }}",
		"too many nodes":   "${{ 1" + strings.Repeat("+1", maxNodes) + " }}",
		"too deep":         "${{ " + strings.Repeat("(", 1<<20) + " }}",
		"too deep by sign": "${{ " + strings.Repeat("-", maxLength-10) + "1 }}",
	} {
		if _, problems := ParseText(s, everything()); len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestHonestWorkIsNotStopped(t *testing.T) {
	hosts := make([]any, 1000)
	for i := range hosts {
		hosts[i] = "host"
	}
	got, err := mustText(t, "${{ len(filter(item, # == 'host')) }} ${{ len(join(item)) }}").Eval(Values{Item: hosts})
	if err != nil || got != "1000 4999" {
		t.Errorf("got %q, %v", got, err)
	}
}

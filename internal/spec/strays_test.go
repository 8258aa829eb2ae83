package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/policy"
)

// mappings are the keys of every mapping that has a row among the strays, by its name in diagnostics.
func mappings() map[string][]source.Key {
	all := map[string][]source.Key{
		"a steps file": StepsKeys(), "a step": StepKeys(), "defaults": DefaultsKeys(), "an input": InputKeys(),
		"a policy file": PolicyKeys(), "a route": RouteKeys(), "`limits`": LimitsKeys(), "`land`": LandKeys(),
		"a line of `classify`": ClassifyKeys(), "`match`": MatchKeys(), "`match` of `classify`": ClassifyMatchKeys(),
		"`with` of land": testBuiltins()[0].With,
	}
	for _, a := range policy.Actions() {
		all["`"+a.Name+"`"] = ActionKeys(a)
	}
	return all
}

func TestAStrayStandsForAKeyThatExists(t *testing.T) {
	for _, s := range strays() {
		keys, ok := mappings()[s.in]
		if !ok {
			t.Errorf("no mapping is called %s", s.in)
		}
		names := source.Names(keys)
		if s.ours != "" && !slices.Contains(names, s.ours) {
			t.Errorf("%s has no key %q", s.in, s.ours)
		}
		if s.ours == "" && s.says == "" {
			t.Errorf("%s: nothing is said about %s", s.in, s.keys)
		}
		for _, key := range strings.Fields(s.keys) {
			if slices.Contains(names, key) {
				t.Errorf("%s has the key %q itself", s.in, key)
			}
			if key != strings.ToLower(key) || strings.ContainsAny(key, "-_") {
				t.Errorf("%s: %q is never found: write it in lower case, without - and _", s.in, key)
			}
			if first := strayKey(s.in, key); first != (source.Stray{Ours: s.ours, Says: s.says}) {
				t.Errorf("%s: %q stands in two rows", s.in, key)
			}
		}
	}
}

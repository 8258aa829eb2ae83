package host

import (
	"bytes"
	"testing"
)

func TestDetails(t *testing.T) {
	for name, detail := range map[string]Detail{"quiet": Quiet, "verbose": Verbose} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			l := newLocal(environment(nil), Log{Out: &out, Detail: detail})
			stdout, _ := l.Output()
			_, _ = stdout.Write([]byte("what a step prints\n"))
			show(story(), l)
			golden(t, "host-"+name+".txt", out.String())
		})
	}
}

func TestAHostsOwnWishForDetailCounts(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"github": {"GITHUB_ACTIONS": "true", "RUNNER_DEBUG": "1"}, "gitlab": {"GITLAB_CI": "true", "CI_DEBUG_TRACE": "true"}, "local": {"BELAY_DEBUG": "1"},
	} {
		for asked, want := range map[Detail]Detail{Normal: Verbose, Quiet: Quiet} {
			log := Log{Detail: asked}
			if got := log.lines(Detect(environment(env), log).Facts()).detail; got != want {
				t.Errorf("%s: asked for %d, got %d", name, asked, got)
			}
		}
	}
}

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"

	"github.com/belay-ci/belay/bench/git"
	"github.com/belay-ci/belay/gitops/forge/fake"
)

// hubRepository is the one whose commits a GitHub makes.
const hubRepository = "acme/belay"

// open has the server speak GitHub's API for a repository.
func (s *server) open(bare string) {
	s.hub = fake.New(fake.Options{Repository: hubRepository, Git: func(in string, args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		var out bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout = bare, git.Environ(), strings.NewReader(in), &out
		err := cmd.Run()
		return strings.TrimSpace(out.String()), err
	}})
}

// land is the policy's `land`.
func (b *bench) land(with string) string {
	if b.viaAPI {
		with = strings.TrimPrefix(with+", via: api", ", ")
	}
	return "version: 1\nland: { " + with + " }\nroutes: []\n"
}

// environ is what a job of belay finds; with GitHub's API it is a job there.
func (b *bench) environ() []string {
	env := append(git.Environ(), "BELAY_TOKEN=a-token-of-the-job", "BELAY_QUEUE_KEY=a-key-the-writers-share")
	if b.viaAPI {
		env = append(env, "GITHUB_ACTIONS=true", "GITHUB_REPOSITORY="+hubRepository, "GITHUB_SERVER_URL="+b.server.address, "GITHUB_API_URL="+b.server.address,
			"GITHUB_REF=refs/heads/main", "GITHUB_REF_NAME=main", "GITHUB_REF_TYPE=branch", "GITHUB_EVENT_NAME=push", "GITHUB_JOB=writer")
	}
	return env
}

// made promises that GitHub made every commit but the first, and that nothing is left of what it was given for that.
func (b *bench) made(bare string) bool {
	if !b.viaAPI {
		return true
	}
	others := 0
	for line := range strings.Lines(git.Run(bare, "log", "--format=%cn", "main")) {
		if strings.TrimSpace(line) != "GitHub" {
			others++
		}
	}
	left := strings.Count(git.Run(bare, "for-each-ref", "refs/belay/staging"), "\n")
	return promise(others == 1 && left == 0, "GitHub made every commit but %d, and %s left below refs/belay/staging", others, fmt.Sprint(left))
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/belay-ci/belay/gitops"
)

const (
	rivalCount   = 3
	rivalCommits = 2
)

// rivals are jobs of other teams that push to the same branch. They begin when belay's first push is on its way.
type rivals struct {
	done   sync.WaitGroup
	mu     sync.Mutex
	failed error
}

func startRivals(ctx context.Context, s *site, temp string) (*rivals, error) {
	r := &rivals{}
	for i := range rivalCount {
		name := []string{"search", "cart", "login"}[i]
		dir := filepath.Join(temp, "rival-"+name)
		remote := gitops.Remote{URL: s.remote(), Credentials: gitops.Credentials{Username: name}}
		if err := gitops.Clone(ctx, remote, "main", dir); err != nil {
			return nil, err
		}
		r.done.Go(func() {
			select {
			case <-s.gate.pushing:
			case <-ctx.Done():
				return
			}
			if err := pushAll(ctx, s, remote, name, dir, filepath.Join(temp, "rival-temp-"+name)); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.failed = errors.Join(r.failed, fmt.Errorf("rival %s: %w", name, err))
			}
		})
	}
	return r, nil
}

// wait waits for all rivals and returns what went wrong with them.
func (r *rivals) wait() error {
	r.done.Wait()
	return r.failed
}

// pushAll lands the rival's commits one after the other, each as soon as it can.
func pushAll(ctx context.Context, s *site, remote gitops.Remote, name, dir, temp string) error {
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return err
	}
	repository, err := gitops.Open(ctx, gitops.Options{Remote: remote, Checkout: dir, Temp: temp, NoGit: true})
	if err != nil {
		return err
	}
	for n := range rivalCommits {
		file := filepath.Join("envs", "prod", name+".yaml")
		if err := os.WriteFile(filepath.Join(dir, file), fmt.Appendf(nil, "image: %s\ntag: v1.%d.0\n", name, n+1), 0o644); err != nil {
			return err
		}
		change, err := repository.Stage(ctx, gitops.StageRequest{
			Paths: []string{filepath.ToSlash(file)}, Message: fmt.Sprintf("prod: %s v1.%d.0", name, n+1), Author: person(name),
		})
		if err != nil {
			return err
		}
		if err := push(ctx, repository, change, gitops.Identity{RunID: "demo", Job: name, N: n}); err != nil {
			return err
		}
		s.gate.landed()
	}
	return nil
}

func push(ctx context.Context, repository *gitops.Repo, change gitops.Change, id gitops.Identity) error {
	for {
		out, err := repository.Land(ctx, change, gitops.LandRequest{Branch: "main", Identity: id})
		switch {
		case err != nil:
			return err
		case out.Good():
			return nil
		case !out.Again:
			return fmt.Errorf("land: %s", out.State)
		}
		time.Sleep(rand.N(20 * time.Millisecond))
	}
}

func person(name string) gitops.Person {
	return gitops.Person{Name: name, Email: name + "@example.invalid"}
}

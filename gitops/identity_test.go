package gitops

import (
	"context"
	"slices"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
)

func TestAnIdentityIsTheSameInEveryAttempt(t *testing.T) {
	full := Identity{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploy", Matrix: "eu", Step: "land", Item: "a", N: 1}
	// Written down, because a new version of belay must find what an old one landed.
	if got, want := full.ID(), "6b0c272060dbc3c22d631284f585fcf2"; got != want {
		t.Errorf("id %s, want %s", got, want)
	}
	seen := map[string]Identity{}
	for _, other := range []Identity{
		full,
		{Repo: "acme/shop2", Branch: "main", RunID: "7", Job: "deploy", Matrix: "eu", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "next", RunID: "7", Job: "deploy", Matrix: "eu", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "8", Job: "deploy", Matrix: "eu", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "test", Matrix: "eu", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploy", Matrix: "us", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploye", Matrix: "u", Step: "land", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploy", Matrix: "eu", Step: "more", Item: "a", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploy", Matrix: "eu", Step: "land", Item: "b", N: 1},
		{Repo: "acme/shop", Branch: "main", RunID: "7", Job: "deploy", Matrix: "eu", Step: "land", Item: "a", N: 2},
	} {
		if same, ok := seen[other.ID()]; ok {
			t.Errorf("%+v and %+v have the same id", same, other)
		}
		seen[other.ID()] = other
	}
}

func TestAnEarlierAttemptIsFoundFromALaterClone(t *testing.T) {
	for _, depth := range [][]string{nil, {"--depth=1"}} {
		s := newShop(t, depth...)
		s.write(map[string]string{"log.txt": "released\n"})
		first := s.open()
		s.want(s.land(first, s.stage(first), "land"), Landed)
		s.push("rival", map[string]string{"b.txt": "new\n"})

		s.work = gittest.Clone(t, s.url, depth...)
		again := s.open()
		request := LandRequest{Branch: "main", Identity: run("land"), Committer: ada, Earlier: true}
		land := func(r *Repo, change Change) Outcome {
			t.Helper()
			o, err := r.Land(context.Background(), change, request)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		o := land(again, s.stage(again))
		s.want(o, AlreadyLanded)
		if len(o.Commits) != 1 || o.Commits[0].Subject != "bump" || o.Differs {
			t.Errorf("clone %v: found %+v", depth, o)
		}
		// A step that adds a line each time would have it there twice.
		s.work = gittest.Clone(t, s.url, depth...)
		s.write(map[string]string{"log.txt": "released\nreleased\n"})
		third := s.open()
		o = land(third, s.stage(third))
		s.want(o, AlreadyLanded)
		if !o.Differs || s.count("bump") != 1 {
			t.Errorf("clone %v: %+v, on main %d times", depth, o, s.count("bump"))
		}
		// Another step finds nothing, asks once, and lands.
		request.Identity = run("other")
		s.write(map[string]string{"c.txt": "c\n"})
		change := s.stage(third)
		s.push("rival", map[string]string{"b.txt": "newer\n"})
		s.want(land(third, change), Raced) // it took the tip for where it last was
		s.want(land(third, change), Landed)
		// What was taken back lands again.
		v, err := third.Revert(context.Background(), RevertRequest{Branch: "main", Commits: []ID{o.Commits[0].Hash}, Author: ada})
		if err != nil {
			t.Fatal(err)
		}
		s.want(s.land(third, v.Change(), "rollback"), Landed)
		s.work = gittest.Clone(t, s.url, depth...)
		s.write(map[string]string{"log.txt": "released\n"})
		request.Identity = run("land")
		fourth := s.open()
		s.want(land(fourth, s.stage(fourth)), Landed)
		s.sound()
	}
}

func TestALookForEarlierAttemptsIsMadeOnce(t *testing.T) {
	for name, depth := range map[string][]string{"full clone": nil, "shallow clone": {"--depth=1"}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, depth...)
			r := s.open()
			var requests []int
			for _, step := range []string{"one", "two", "three"} {
				s.write(map[string]string{step + ".txt": step + "\n"})
				change, seen := s.stage(r), len(s.Requests())
				o, err := r.Land(t.Context(), change, LandRequest{Branch: "main", Identity: run(step), Committer: ada, Earlier: true})
				if err != nil {
					t.Fatal(err)
				}
				s.want(o, Landed)
				requests = append(requests, len(s.Requests())-seen)
			}
			if want := []int{3 + len(depth), 1, 1}; !slices.Equal(requests, want) {
				t.Errorf("%v requests a landing, want %v: the tip, the newest commits of a branch that is not here, the push, and the branch read back", requests, want)
			}
		})
	}
}

func TestAnEarlierLandingThatIsTakenBackWhileTheRunIsAtWorkIsNoLanding(t *testing.T) {
	s := newShop(t, "--depth=1")
	s.write(map[string]string{"log.txt": "released\n"})
	first := s.open()
	landed := s.land(first, s.stage(first), "land")
	s.work = gittest.Clone(t, s.url, "--depth=1")
	again := s.open()
	request := LandRequest{Branch: "main", Identity: run("other"), Committer: ada, Earlier: true}
	s.write(map[string]string{"other.txt": "other\n"})
	if o, err := again.Land(t.Context(), s.stage(again), request); err != nil || o.State != Landed {
		t.Fatalf("%v, error %v", o.State, err)
	}
	v, err := first.Revert(t.Context(), RevertRequest{Branch: "main", Commits: []ID{landed.Commits[0].Hash}, Author: ada})
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.land(first, v.Change(), "rollback"), Landed)
	request.Identity, request.Reread = run("land"), true
	s.write(map[string]string{"again.txt": "released again\n"})
	o, err := again.Land(t.Context(), s.stage(again), request)
	if err != nil || o.State != Landed {
		t.Errorf("%s, error %v: it was taken back, and is to land again", o.State, err)
	}
}

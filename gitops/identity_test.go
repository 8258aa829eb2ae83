package gitops

import "testing"

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

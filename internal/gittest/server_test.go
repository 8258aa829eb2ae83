package gittest

import "testing"

func TestServerTakesPushesFromGitItself(t *testing.T) {
	s := Serve(t)
	url := s.Create(t, "shop.git")
	work := Clone(t, url)
	id := CommitAndPush(t, work, "main", "first", map[string]string{"a/b.txt": "hello\n"})
	if got := Git(t, s.Dir("shop.git"), "rev-parse", "refs/heads/main"); got != id {
		t.Errorf("main is at %s, want %s", got, id)
	}
	if s.Pushes() != 1 {
		t.Errorf("the server saw %d pushes, want 1", s.Pushes())
	}
}

func TestServerRefusesWithoutCredentials(t *testing.T) {
	s := Serve(t)
	s.User, s.Pass = "x-access-token", "secret"
	url := s.Create(t, "shop.git")
	if _, err := TryGit(s.Root, "ls-remote", url); err == nil {
		t.Error("the server let an unknown caller in")
	}
}

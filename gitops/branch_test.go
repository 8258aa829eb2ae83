package gitops

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/belay-ci/belay/policy"
)

func TestABranchIsDeletedWhereItStands(t *testing.T) {
	s := newShop(t)
	s.git("branch", "topic", "main")
	was := s.main()
	r := s.open()
	remove := func(name string, at ID) bool {
		gone, err := r.DeleteBranch(context.Background(), name, at)
		if err != nil {
			t.Fatal(err)
		}
		return gone
	}
	s.push("rival", map[string]string{"b.txt": "b\n"})
	if remove("main", was) {
		t.Error("a branch that somebody pushed to is gone")
	}
	for _, try := range []string{"once", "again"} {
		if !remove("topic", was) {
			t.Errorf("removed %s, the branch is not gone", try)
		}
	}
	if got := s.git("for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("left over: %s", got)
	}
}

func TestADeletedBranchWhoseAnswerIsLostIsGone(t *testing.T) {
	s := newShop(t)
	s.git("branch", "topic", "main")
	s.onPush(func(_ http.ResponseWriter, req *http.Request, serve http.HandlerFunc) {
		serve(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	})
	if gone, err := s.open().DeleteBranch(context.Background(), "topic", s.main()); !gone || err != nil {
		t.Errorf("%v, %v", gone, err)
	}
}

func TestABranchTheServerKeepsStays(t *testing.T) {
	s := newShop(t)
	s.git("branch", "topic", "main")
	s.git("config", "receive.denyDeletes", "true")
	_, err := s.open().DeleteBranch(context.Background(), "topic", s.main())
	var failed *Error
	if !errors.As(err, &failed) || !failed.Kind().Under(policy.Kind("git.rejected")) {
		t.Errorf("got %v", err)
	}
}

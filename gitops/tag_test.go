package gitops

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// tagged is a request to land on main with tags.
func tagged(tags ...Tag) LandRequest {
	return LandRequest{Branch: "main", Identity: run("land"), Committer: ada, Tags: tags}
}

func TestTagsAreMadeAfterTheMergeAndPushedWithTheBranch(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	s.write(map[string]string{"own.txt": "own\n"})
	change := s.stage(r)
	if _, err := r.Tip(context.Background(), "main"); err != nil {
		t.Fatal(err)
	}
	s.push("rival", map[string]string{"b.txt": "b\n"})
	pushes := s.Pushes()
	req := tagged(Tag{Name: "v1.0"}, Tag{Name: "release/v1", Message: "the first\n\nof many"})
	o := s.landOver(r, change, req)
	s.want(o, Landed)
	if n := s.Pushes() - pushes; n != 2 { // one lost to the rival, with its tags
		t.Errorf("%d pushes, want 2", n)
	}
	for _, tag := range []string{"v1.0", "release/v1"} {
		if got := s.git("rev-parse", tag+"^{commit}"); got != string(s.main()) {
			t.Errorf("%s is on %s, main is at %s", tag, got, s.main())
		}
	}
	if got := s.git("cat-file", "-t", "v1.0"); got != "commit" {
		t.Errorf("v1.0 is a %s", got)
	}
	if got := s.git("for-each-ref", "--format=%(objecttype) %(taggername) %(taggeremail) %(contents)", "refs/tags/release/v1"); got != "tag Ada <ada@example.invalid> the first\n\nof many\n" {
		t.Errorf("release/v1 is %q", got)
	}
	s.sound()

	again := s.landOver(s.open(), change, req)
	s.want(again, AlreadyLanded)
	if len(again.Tags) != 2 || again.Pushes != 0 {
		t.Errorf("outcome %+v", again)
	}
}

func TestATagThatIsThereAlready(t *testing.T) {
	for _, c := range []struct {
		name  string
		moved bool // the tag was moved after the landing, instead of having been there before
		want  State
		tags  string
	}{
		{"elsewhere, before the landing", false, "", "v1.0"},
		{"moved by somebody after it", true, AlreadyLanded, "v1.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			r := s.open()
			s.write(map[string]string{"own.txt": "own\n"})
			change := s.stage(r)
			start := s.main()
			if !c.moved {
				s.git("tag", "v1.0", string(start))
				_, err := r.Land(context.Background(), change, tagged(Tag{Name: "v1.0"}))
				var failed *Error
				if !errors.As(err, &failed) || failed.Kind() != policy.GitRejectedTag || failed.Again || !strings.Contains(err.Error(), "v1.0 is on "+start.Short()) {
					t.Errorf("got %v", err)
				}
				if s.main() != start || s.Pushes() != 2 { // those that made the shop
					t.Error("something was pushed all the same")
				}
				return
			}
			s.want(s.landOver(r, change, tagged(Tag{Name: "v1.0"})), Landed)
			s.git("tag", "--force", "v1.0", string(start))
			o := s.landOver(s.open(), change, tagged(Tag{Name: "v1.0"}))
			s.want(o, AlreadyLanded)
			if len(o.TagsElsewhere) != 1 || s.git("rev-parse", "v1.0") != string(start) {
				t.Errorf("outcome %+v", o)
			}
		})
	}
}

func TestATagThatIsMissingFromWhatLandedBeforeIsMade(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	s.write(map[string]string{"own.txt": "own\n"})
	change := s.stage(r)
	s.want(s.land(r, change, "land"), Landed)
	landed := s.main()
	s.push("rival", map[string]string{"b.txt": "b\n"})
	o := s.landOver(s.open(), change, tagged(Tag{Name: "v1.0", Message: "one"}))
	s.want(o, AlreadyLanded)
	if s.git("rev-parse", "v1.0^{commit}") != string(landed) || len(o.Tags) != 1 {
		t.Errorf("outcome %+v", o)
	}
	s.Hook(t, shopRepo, "pre-receive", "echo no more tags >&2; exit 1\n")
	o = s.landOver(s.open(), change, tagged(Tag{Name: "v1.0"}, Tag{Name: "v1.1"}))
	if o.State != AlreadyLanded || o.Kind != policy.GitRejectedHook || o.Err() == nil || len(o.Commits) != 1 || !strings.Contains(o.Err().Error(), "no more tags") {
		t.Errorf("outcome %+v, %v", o, o.Err())
	}
}

func TestATagMadeAtTheSameMomentStopsTheWholePush(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	s.write(map[string]string{"own.txt": "own\n"})
	change := s.stage(r)
	start := s.main()
	s.onPush(func(w http.ResponseWriter, req *http.Request, serve http.HandlerFunc) {
		s.git("tag", "v1.0", string(start))
		serve(w, req)
	})
	o := s.landOver(r, change, tagged(Tag{Name: "v1.0"}))
	s.want(o, Rejected)
	if o.Kind != policy.GitRejectedTag || o.Again || s.main() != start || s.git("rev-parse", "v1.0") != string(start) {
		t.Errorf("outcome %+v, main at %s", o, s.main())
	}
}

func TestTagsWhoseAnswerIsLostLandOnce(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open()
	s.write(map[string]string{"own.txt": "own\n"})
	change := s.stage(r)
	s.onPush(func(_ http.ResponseWriter, req *http.Request, serve http.HandlerFunc) {
		serve(&nobody{}, req)
		panic(http.ErrAbortHandler)
	})
	o := s.landOver(r, change, tagged(Tag{Name: "v1.0", Message: "one"}))
	s.want(o, Landed)
	if len(o.Tags) != 1 || s.git("rev-parse", "v1.0^{commit}") != string(s.main()) || s.count("bump") != 1 {
		t.Errorf("outcome %+v", o)
	}
}

// nobody takes an answer and drops it.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (*nobody) Write(p []byte) (int, error) { return len(p), nil }
func (*nobody) WriteHeader(int)             {}

func TestAServerThatCantPushTheTwoTogetherIsRefused(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"tags", "receive.advertiseAtomic", "push the tag in a later step"},
		{"options", "receive.advertisePushOptions", "without `push-options`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, "--depth=1")
			s.git("config", c.config, "false")
			r := s.open()
			s.write(map[string]string{"own.txt": "own\n"})
			change := s.stage(r)
			req := tagged(Tag{Name: "v1.0"})
			if c.name == "options" {
				req.Tags, req.PushOptions = nil, []string{"ci.skip"}
			}
			pushes := s.Pushes()
			_, err := r.Land(context.Background(), change, req)
			if !errors.Is(err, wire.ErrNotOffered) || !strings.Contains(err.Error(), c.want) || kindOf(err) != policy.GitRejectedOther {
				t.Errorf("got %v", err)
			}
			if s.Pushes() != pushes || s.count("bump") != 0 {
				t.Error("something was pushed all the same")
			}
		})
	}
}

func TestPushOptionsReachTheServersHooks(t *testing.T) {
	s := newShop(t, "--depth=1")
	s.Hook(t, shopRepo, "pre-receive", `test "$GIT_PUSH_OPTION_COUNT/$GIT_PUSH_OPTION_0/$GIT_PUSH_OPTION_1" = "2/ci.skip/reason=a b"`+"\n")
	r := s.open()
	s.write(map[string]string{"own.txt": "own\n"})
	s.want(s.landOver(r, s.stage(r), LandRequest{Branch: "main", Identity: run("land"), PushOptions: []string{"ci.skip", "reason=a b"}}), Landed)
}

func TestSignedTagsAndCommitsAreGoodToGit(t *testing.T) {
	s := newShop(t, "--depth=1")
	key, file := sshKey(t, "belay")
	r := s.open(func(o *Options) { o.Sign = key })
	s.write(map[string]string{"own.txt": "own\n"})
	s.want(s.landOver(r, s.stage(r), tagged(Tag{Name: "v1.0", Message: "one"})), Landed)
	public, err := gittest.TryCommand(filepath.Dir(file), "ssh-keygen", "-y", "-f", file)
	if err != nil {
		t.Skipf("ssh-keygen: %v", err)
	}
	allowed := filepath.Join(t.TempDir(), "allowed")
	if err := os.WriteFile(allowed, []byte("ada@example.invalid "+public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, what := range [][]string{{"verify-commit", "main"}, {"verify-tag", "v1.0"}} {
		args := append([]string{"-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile=" + allowed}, what...)
		if out, err := gittest.TryGit(s.Dir(shopRepo), args...); err != nil {
			t.Errorf("git %v: %v\n%s", what, err, out)
		}
	}
}

package gitops

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/belay-ci/belay/gitops/sign"
	"github.com/belay-ci/belay/internal/gittest"
	"github.com/belay-ci/belay/policy"
)

// sshKey makes a key of its own for a name, and the file in which git finds it.
func sshKey(t *testing.T, name string) (sign.Key, string) {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(seed), name)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(block)
	key, err := sign.Read(string(text), "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return key, file
}

// signature is who signed a commit, in one word: "none", "belay", "steps" or "x509".
func (s *shop) signature(rev string) string {
	s.t.Helper()
	raw := s.git("cat-file", "commit", rev)
	head, _, _ := strings.Cut(raw, "\n\n")
	if strings.Contains(head, "BEGIN SIGNED MESSAGE") {
		return "x509"
	}
	before, after, found := strings.Cut(raw, "gpgsig ")
	if !found {
		return "none"
	}
	end := strings.Index(after, "-----END SSH SIGNATURE-----\n") + len("-----END SSH SIGNATURE-----\n")
	text, rest := strings.ReplaceAll(after[:end], "\n ", "\n"), after[end:]
	for _, name := range []string{"belay", "steps"} {
		if key, _ := sshKey(s.t, name); key.Made([]byte(before+rest+"\n"), text) {
			return name
		}
	}
	return "broken"
}

// commitOwn makes one commit as a step does: "none" signs it with nothing, "belay" with the key belay has, "steps" with another
// one, "x509" as gitsign does.
func (s *shop) commitOwn(signed string) {
	s.t.Helper()
	gittest.Write(s.t, s.work, map[string]string{"own.txt": "own\n"})
	gittest.Git(s.t, s.work, "add", "-A")
	args := []string{"commit", "--quiet", "-m", "own"}
	if signed == "belay" || signed == "steps" {
		_, file := sshKey(s.t, signed)
		args = append([]string{"-c", "gpg.format=ssh", "-c", "user.signingkey=" + file}, append(args, "-S")...)
	}
	gittest.Git(s.t, s.work, args...)
	if signed != "x509" {
		return
	}
	// As gitsign's, it is nothing belay could check: it need not be good.
	raw := gittest.Git(s.t, s.work, "cat-file", "commit", "HEAD")
	raw = strings.Replace(raw, "\n\n", "\ngpgsig -----BEGIN SIGNED MESSAGE-----\n MIID\n -----END SIGNED MESSAGE-----\n\n", 1) + "\n"
	gittest.Write(s.t, s.work, map[string]string{".git/signed": raw})
	gittest.Git(s.t, s.work, "reset", "--quiet", "--soft", gittest.Git(s.t, s.work, "hash-object", "-t", "commit", "-w", ".git/signed"))
}

// TestIntegrateAndSignatures is the table of docs/landing.md, row by row. "kept" is the commit itself, byte for byte.
func TestIntegrateAndSignatures(t *testing.T) {
	const none, own, other, gitsign = "none", "belay", "steps", "x509"
	for _, row := range []struct {
		signed     string // the commit the step made
		moved, key bool
		rebase     string // what is on the branch, by who signed it; "merge" is a merge commit above the kept one
		orMerge    string
		orFail     string
	}{
		{none, false, false, "none", "none", "none"},
		{none, true, false, "none", "none", "none"},
		{none, false, true, "belay", "belay", "belay"},
		{none, true, true, "belay", "belay", "belay"},
		{own, false, true, "kept", "kept", "kept"},
		{own, true, true, "belay", "belay", "belay"},
		{other, false, false, "kept", "kept", "kept"},
		{other, true, false, "none, lost", "merge", "fail"},
		{other, false, true, "kept", "kept", "kept"},
		{other, true, true, "belay, replaced", "merge", "fail"},
		{gitsign, false, false, "kept", "kept", "kept"},
		{gitsign, true, false, "none, lost", "merge", "fail"},
		{gitsign, false, true, "kept", "kept", "kept"},
		{gitsign, true, true, "belay, replaced", "merge", "fail"},
	} {
		name := "signed by " + row.signed
		if row.moved {
			name += ", tip moved"
		}
		if row.key {
			name += ", with a key"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, "--depth=1")
			since := s.main()
			key := func(o *Options) {
				if row.key {
					o.Sign, _ = sshKey(t, "belay")
				}
			}
			repos := []*Repo{s.open(key), s.open(key), s.open(key), s.open(key)} // each as it is before the steps run
			s.commitOwn(row.signed)
			change := s.stage(repos[0])
			before := since
			if row.moved {
				before = s.push("rival", map[string]string{"b.txt": "b\n"})
			}
			for i, c := range []struct {
				integrate Integrate
				want      string
			}{{Rebase, row.rebase}, {Merge, "merge"}, {RebaseOrMerge, row.orMerge}, {RebaseOrFail, row.orFail}} {
				s.git("update-ref", "refs/heads/main", string(before))
				req := LandRequest{Branch: "main", Identity: run("land"), Since: since, Committer: ada, Integrate: c.integrate}
				o := s.landOver(repos[i], change, req)
				if got := s.ended(o, change); got != c.want {
					t.Errorf("%s: %s, want %s (outcome %+v)", c.integrate, got, c.want, o)
				}
				if !o.Good() {
					if s.main() != before || o.Kind != policy.GitSignature || len(o.Unsigned) == 0 {
						t.Errorf("%s: main at %s, want %s; outcome %+v", c.integrate, s.main(), before, o)
					}
					continue
				}
				if o.Before != before || s.file("own.txt") != "own\n" {
					t.Errorf("%s: outcome %+v", c.integrate, o)
				}
				s.want(s.landOver(s.open(), change, req), AlreadyLanded)
			}
			s.sound()
		})
	}
}

// landOver lands a change, again while races are lost.
func (s *shop) landOver(r *Repo, change Change, req LandRequest) Outcome {
	s.t.Helper()
	for {
		o, err := r.Land(context.Background(), change, req)
		if err != nil {
			s.t.Fatal(err)
		}
		if o.State != Raced {
			return o
		}
	}
}

// landMerge lands a change on main as a merge.
func (s *shop) landMerge(r *Repo, change Change, step string) Outcome {
	s.t.Helper()
	return s.landOver(r, change, LandRequest{Branch: "main", Identity: run(step), Committer: ada, Integrate: Merge})
}

// ended says in the words of the table how a landing of one commit ended.
func (s *shop) ended(o Outcome, change Change) string {
	s.t.Helper()
	own := string(change.Commits()[0].Hash)
	parents := strings.Fields(s.git("log", "-1", "--format=%P", "main"))
	switch {
	case !o.Good():
		return "fail"
	case string(s.main()) == own:
		return "kept"
	case len(parents) == 2:
		if key := s.signature("main"); parents[1] != own || len(o.Commits) != 1 || key != "none" && key != "belay" {
			s.t.Errorf("merge of %v, signed by %s, outcome %+v", parents, key, o)
		}
		return "merge"
	}
	text := s.signature("main")
	if len(o.Unsigned) > 0 {
		text += ", lost"
	}
	if len(o.Resigned) > 0 {
		text += ", replaced"
	}
	return text
}

func TestAMergeKeepsWhatTheStepsMadeAndStandsForIt(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open(func(o *Options) { o.Sign, _ = sshKey(t, "belay") })
	for _, n := range []string{"1", "2"} {
		gittest.Commit(t, s.work, "own "+n, map[string]string{"own.txt": n + "\n"})
	}
	s.write(map[string]string{"left.txt": "left\n"})
	change := s.stage(r)
	theirs := s.push("rival", map[string]string{"b.txt": "b\n"})
	o := s.landMerge(r, change, "land")
	s.want(o, Landed)
	if got, want := s.git("log", "--first-parent", "-2", "--format=%s|%P", "main"),
		`Merge "bump" and 2 more into main|`+string(theirs)+" "+s.git("rev-parse", "main^2")+"\nrival|"+s.git("rev-parse", string(theirs)+"^"); got != want {
		t.Errorf("first parents\n%s\nwant\n%s", got, want)
	}
	if got, want := s.git("rev-parse", "main^2^"), string(change.Commits()[1].Hash); got != want {
		t.Errorf("the steps' commit is %s on the branch, %s as they made it", got, want)
	}
	for _, rev := range []string{"main", "main^2"} {
		if got := s.signature(rev); got != "belay" {
			t.Errorf("%s, which belay made, is signed by %s", rev, got)
		}
	}
	if s.file("own.txt") != "2\n" || s.file("left.txt") != "left\n" || s.file("b.txt") != "b\n" {
		t.Error("the merge lacks a file")
	}
	s.sound()
}

func TestAMergeTellsWhatLandedBeforeFromWhatIsNew(t *testing.T) {
	for name, c := range map[string]struct {
		then string // what becomes of the file that landed without being committed
		own  map[string]string
	}{
		"it is taken back beside a commit":           {"tag: v1\n", map[string]string{"own.txt": "1\n"}},
		"it is changed again beside a commit":        {"tag: v3\n", map[string]string{"own.txt": "1\n"}},
		"it is committed, and changed again":         {"tag: v3\n", map[string]string{"own.txt": "1\n", "env/prod.yml": "tag: v2\n"}},
		"it is committed as another, and taken back": {"tag: v1\n", map[string]string{"env/prod.yml": "tag: v2\n"}},
		"it stays as it is beside a commit":          {"tag: v2\n", map[string]string{"own.txt": "1\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			s.want(s.landMerge(r, s.stage(r), "one"), Landed)
			gittest.Git(t, s.work, "checkout", "--quiet", ".")
			gittest.Commit(t, s.work, "own", c.own)
			s.write(map[string]string{"env/prod.yml": c.then})
			s.want(s.landMerge(r, s.stage(r), "two"), Landed)
			if got := s.file("env/prod.yml"); got != c.then {
				t.Errorf("the branch has %q, the work tree %q", got, c.then)
			}
			s.sound()
		})
	}
}

func TestAMergeOnCommitsThatAreOnTheBranchUnderOtherNames(t *testing.T) {
	for name, first := range map[string]func(s *shop, r *Repo){
		"others made the same change": func(s *shop, r *Repo) {
			s.push("rival", map[string]string{"own.txt": "1\n"})
			s.want(s.landMerge(r, s.stage(r), "one"), Absorbed)
		},
		"they were replayed": func(s *shop, r *Repo) {
			s.push("rival", map[string]string{"b.txt": "b\n"})
			s.want(s.landOver(r, s.stage(r), LandRequest{Branch: "main", Identity: run("one"), Committer: ada}), Landed)
		},
	} {
		for _, depth := range []string{"--depth=1", "--depth=9"} {
			t.Run(name+", "+depth, func(t *testing.T) {
				t.Parallel()
				s := newShop(t, depth)
				r := s.open()
				gittest.Commit(t, s.work, "own", map[string]string{"own.txt": "1\n"})
				first(s, r)
				s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
				s.want(s.landMerge(r, s.stage(r), "two"), Landed)
				if s.file("env/prod.yml") != "tag: v2\n" || s.file("own.txt") != "1\n" {
					t.Errorf("the branch has %q", s.git("grep", "", "main"))
				}
				s.sound()
			})
		}
	}
}

func TestAMergeThatConflictsIsAConflict(t *testing.T) {
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"a.txt": "ONE\ntwo\nthree\nfour\nfive\n"})
	change := s.stage(r)
	s.push("rival", map[string]string{"a.txt": "uno\ntwo\nthree\nfour\nfive\n"})
	o := s.landMerge(r, change, "land")
	s.want(o, Conflicted)
	if len(o.Conflicts) != 1 || o.Conflicts[0].Path != "a.txt" {
		t.Errorf("conflicts %v", o.Conflicts)
	}
	s.write(map[string]string{"a.txt": "uno\ntwo\nthree\nfour\nfive\n"})
	s.want(s.landMerge(r, s.stage(r), "land"), Absorbed)
}

func TestMergesAreTakenBackByOneRevertEachAndCanLandAgain(t *testing.T) {
	s := newShop(t, "--depth=1")
	r := s.open(func(o *Options) { o.Sign, _ = sshKey(t, "belay") })
	var landed []ID
	var changes []Change
	for _, step := range []string{"one", "two"} {
		gittest.Commit(t, s.work, "own "+step, map[string]string{"own.txt": step + "\n"})
		change := s.stage(r)
		s.push("rival "+step, map[string]string{"b.txt": step + "\n"})
		o := s.landMerge(r, change, step)
		s.want(o, Landed)
		landed, changes = append(landed, o.Commits[0].Hash), append(changes, change)
	}
	s.push("later", map[string]string{"own.txt": "two\nlater\n"})

	fresh := s.open(func(o *Options) { o.Sign, _ = sshKey(t, "belay") })
	v, err := fresh.Revert(context.Background(), RevertRequest{Branch: "main", Commits: landed, Author: ada})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Conflicts) == 0 {
		t.Fatalf("reverting under a later change of the same lines went through: %+v", v)
	}
	s.push("later away", map[string]string{"own.txt": "two\n"})
	if v, err = fresh.Revert(context.Background(), RevertRequest{Branch: "main", Commits: landed, Author: ada}); err != nil || v.Err() != nil {
		t.Fatal(err, v.Err())
	}
	if len(v.Reverts) != 2 || !slices.Equal([]ID{v.Reverted[0].Hash, v.Reverted[1].Hash}, []ID{landed[1], landed[0]}) {
		t.Errorf("reverts %+v of %+v", v.Reverts, v.Reverted)
	}
	if len(v.Later) != 2 || v.Later[0].Subject != "later away" || v.Later[1].Subject != "later" {
		t.Errorf("later commits of others: %+v", v.Later)
	}
	if _, err := fresh.CreateBranch(context.Background(), "back", v.Tip); err != nil {
		t.Fatal(err)
	}
	if out, err := gittest.TryGit(s.Dir(shopRepo), "cat-file", "-e", "back:own.txt"); err == nil {
		t.Errorf("own.txt is still there: %s", out)
	}
	if s.signature("back") != "belay" {
		t.Error("the revert is not signed")
	}
	s.git("update-ref", "refs/heads/main", "back")
	// The very same commit lands again: it is on the branch in name alone.
	s.want(s.landMerge(s.open(), changes[0], "one"), Landed)
	if s.file("own.txt") != "one\n" {
		t.Error("the change that was taken back did not land again")
	}
	s.sound()
}

func TestAProposalKeepsASignatureToo(t *testing.T) {
	for _, c := range []struct {
		integrate Integrate
		want      State
	}{{RebaseOrMerge, Landed}, {RebaseOrFail, Rejected}} {
		t.Run(string(c.integrate), func(t *testing.T) {
			s := newShop(t, "--depth=1")
			since := s.main()
			r := s.open()
			s.commitOwn("steps")
			change := s.stage(r)
			s.push("rival", map[string]string{"b.txt": "b\n"})
			req := LandRequest{Branch: "belay/land/1", Identity: run("land"), Since: since, Committer: ada, Integrate: c.integrate}
			o, err := r.Propose(context.Background(), change, ProposeRequest{LandRequest: req, Base: "main", As: "main"})
			if err != nil {
				t.Fatal(err)
			}
			s.want(o, c.want)
			if c.want == Rejected {
				if o.Kind != policy.GitSignature {
					t.Errorf("outcome %+v", o)
				}
				return
			}
			if got := s.git("rev-parse", "belay/land/1^2"); got != string(change.Commits()[0].Hash) {
				t.Errorf("the signed commit is %s on the branch, %s as it was made", got, change.Commits()[0].Hash)
			}
			// Once it is merged, the landing finds it as its own.
			s.git("update-ref", "refs/heads/main", "belay/land/1")
			req.Branch = "main"
			s.want(s.landOver(s.open(), change, req), AlreadyLanded)
		})
	}
}

package gitops

import (
	"errors"
	"strings"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// reason is what the words of a server mean. It is asked only once the branch has been read back and found where it
// was: words may stop a retry, they never prove a lost race, because servers say "failed to update ref" for a lost
// race, a lock left behind and a name that is taken alike.
type reason struct {
	says   string // lower case, a part of what the server says
	kind   policy.Kind
	again  bool   // the same push may well succeed a little later
	advice string // what to do next
}

// reasons lists the words servers use, the telling ones first: the status line often says no more than "pre-receive
// hook declined" while the lines above it say why. Sources: git's builtin/receive-pack.c and refs/, GitHub's GH0xx
// messages, GitLab's gitaly and gitlab-shell, Gitea's hook, Azure's TF codes, Bitbucket, Gerrit.
func reasons() []reason {
	const (
		protected = policy.GitRejectedProtected
		hook      = policy.GitRejectedHook
		shallow   = policy.GitRejectedShallow
		auth      = policy.GitAuth
		other     = policy.GitRejectedOther
	)
	const (
		widen     = "give belay a token or key that may write to the repository (GitHub: permission contents: write; GitLab: the job token's push is off by default)"
		bypass    = "let this token bypass the branch's rules, or land on another branch and open a pull request"
		signed    = "have what lands signed: with `land: { via: api }` in the policy GitHub does it, or give belay a signing key"
		read      = "read the server's words: the same push will be declined again"
		lfs       = "upload the files first with `git lfs push origin HEAD` in a step before the landing"
		history   = "check out with full history (fetch-depth: 0)"
		taken     = "a branch of that name, or below it, is in the way: choose another name"
		stands    = "if it stays, look at the server's status page"
		lock      = "if it stays, a lock was left behind on the server: its owner removes it"
		workflows = "give belay a token of an app with the permission workflows: write, or of a person with the scope workflow; a job's own token never has it"
	)
	return []reason{
		{"without `workflows` permission", auth, false, workflows},
		{"without `workflow` scope", auth, false, workflows},
		{"permission denied to update branch", protected, false, bypass}, // Bitbucket; before the accounts' words
		{"denied to ", auth, false, widen},                               // "Permission to owner/repo.git denied to user."
		{"user permission denied for writing", auth, false, widen},
		{"you don't have permission", auth, false, widen},
		{"you do not have permission", auth, false, widen},
		{"denied by fallthru", auth, false, widen},
		{"repository not found", auth, false, widen}, // what a server says of one these credentials may not see
		{"write access to repository not granted", auth, false, widen},
		{"has been marked as read only", auth, false, "give the deploy key write access, or use another"},
		{"deploy key does not have write access", auth, false, "give the deploy key write access, or use another"},
		{"not allowed to push code to this project", auth, false, widen},
		{"not allowed to upload code", auth, false, widen},
		{"access denied", auth, false, widen},
		{"authentication failed", auth, false, widen},
		{"invalid username or", auth, false, widen},
		{"tf401027", auth, false, widen},

		{"push protection", hook, false, "the commits hold a secret: take it out of the file, and make it invalid where it was given out"},
		{"commits must have verified signatures", protected, false, signed}, // GitHub, with one of the two below
		{"gh006", protected, false, bypass},
		{"gh013", protected, false, bypass},
		{"repository rule violations", protected, false, bypass},
		{"protected branch", protected, false, bypass}, // GitHub, GitLab and Gitea
		{"not allowed to access some of the refs", protected, false, bypass},
		{"can only be modified through pull requests", protected, false, bypass},
		{"tf402455", protected, false, bypass},
		{"prohibited by gerrit", protected, false, bypass},

		{"shallow update not allowed", shallow, false, history},
		{"new shallow roots not allowed", shallow, false, history},

		{"refname conflict", other, false, taken},
		{"; cannot create '", other, false, taken}, // 'refs/heads/a' exists; cannot create 'refs/heads/a/b'
		{"there are still refs under", other, false, taken},
		{".lock': file exists", other, true, lock},
		{"shallow file has changed", other, true, ""},
		{"currently checked out", other, false, "land in a bare repository, or on a branch that is not checked out there"},
		{"pack exceeds maximum allowed size", other, false, "the change is larger than the server takes (receive.maxInputSize): land less at once, or keep large files in LFS"},
		{"fsck error in packed object", other, false, "the server checks objects (receive.fsckObjects) and finds fault with one: make the commit anew"},

		{"internal api unreachable", other, true, stands},
		{"internal server error", other, true, stands},
		{"maintenance mode", other, true, stands},
		{"fatal error in commit_refs", other, true, stands},

		{"aborted by hook", hook, false, read},
		{"lfs objects are missing", hook, false, lfs},
		{"gh001", hook, false, "keep the large files in Git LFS, or out of the repository"},
		{"gh007", hook, false, "commit under an address that may be seen, such as the one of users.noreply.github.com"},
		{"gh008", hook, false, lfs},
		{"gh009", hook, false, read},
		{"hook declined", hook, false, read}, // update, pre-receive, and servers' own
		{"hook error", hook, false, read},

		// Words of a lost race though the branch stands where it was: a lock, or a copy of the server that lags.
		{"cannot lock ref", other, true, lock},
		{"failed to update ref", other, true, lock},
		{"failed to lock", other, true, lock},
		{"incorrect old value provided", other, true, lock},
		{"non-fast-forward", other, true, stands},
		{"fetch first", other, true, stands},
		{"stale info", other, true, stands},
		{"reference already exists", other, true, stands},
		{"failed to report status", other, true, stands},
		{"no space left", other, false, "the server's disk is full: its owner makes room"},
		{"missing necessary objects", other, false, ""},
		{"unable to migrate objects", other, true, stands},
		{"unpacker error", other, true, stands},
		{"abnormal exit", other, true, stands},
	}
}

// classify says what the server's words mean. Words nobody knows are a refusal for good: a server that refuses in its
// own words is more often a rule than a hiccup, and pushing again costs the others.
func classify(words ...string) reason {
	if r, ok := recognise(words...); ok {
		return r
	}
	return reason{kind: policy.GitRejectedOther, advice: "read the server's words: belay does not know them"}
}

// recognise says what words mean that belay knows.
func recognise(words ...string) (reason, bool) {
	said := strings.ToLower(strings.Join(words, "\n"))
	for _, r := range reasons() {
		if strings.Contains(said, r.says) {
			return r, true
		}
	}
	return reason{}, false
}

// told is what the server said instead of answering, as far as belay knows its words: over SSH there is no other sign of
// why a service ended.
func told(err error) (reason, bool) {
	var said *wire.RemoteError
	if !errors.As(err, &said) {
		return reason{}, false
	}
	return recognise(said.Text)
}

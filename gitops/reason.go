package gitops

import (
	"strings"

	"github.com/belay-ci/belay/policy"
)

// reason is what the words of a server mean. It is asked only once the branch has been read back and found where it
// was: words may stop a retry, they never prove a lost race, because servers say "failed to update ref" for a lost
// race, a lock left behind and a name that is taken alike.
type reason struct {
	says  string // lower case, a part of what the server says
	kind  policy.Kind
	again bool // the same push may well succeed a little later
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
	return []reason{
		{"without `workflows` permission", auth, false},
		{"without `workflow` scope", auth, false},
		{"denied to ", auth, false}, // "Permission to owner/repo.git denied to user."
		{"write access to repository not granted", auth, false},
		{"has been marked as read only", auth, false},
		{"deploy key does not have write access", auth, false},
		{"not allowed to push code to this project", auth, false},
		{"not allowed to upload code", auth, false},
		{"access denied", auth, false},
		{"authentication failed", auth, false},
		{"invalid username or", auth, false},
		{"tf401027", auth, false},

		{"gh006", protected, false},
		{"gh013", protected, false},
		{"repository rule violations", protected, false},
		{"protected branch", protected, false}, // GitHub, GitLab and Gitea
		{"can only be modified through pull requests", protected, false},
		{"tf402455", protected, false},
		{"prohibited by gerrit", protected, false},

		{"shallow update not allowed", shallow, false},
		{"new shallow roots not allowed", shallow, false},

		{"refname conflict", other, false},
		{"; cannot create '", other, false}, // 'refs/heads/a' exists; cannot create 'refs/heads/a/b'
		{"there are still refs under", other, false},
		{".lock': file exists", other, true},
		{"shallow file has changed", other, true},

		{"internal api unreachable", other, true},
		{"internal server error", other, true},
		{"maintenance mode", other, true},
		{"fatal error in commit_refs", other, true},

		{"hook declined", hook, false}, // update, pre-receive, and servers' own
		{"hook error", hook, false},
		{"gh001", hook, false},
		{"gh007", hook, false},
		{"gh008", hook, false},
		{"gh009", hook, false},

		// Words of a lost race though the branch stands where it was: a lock, or a copy of the server that lags.
		{"cannot lock ref", other, true},
		{"failed to update ref", other, true},
		{"failed to lock", other, true},
		{"incorrect old value provided", other, true},
		{"non-fast-forward", other, true},
		{"fetch first", other, true},
		{"stale info", other, true},
		{"reference already exists", other, true},
		{"failed to report status", other, true},
		{"no space left", other, false},
		{"missing necessary objects", other, false},
		{"unpacker error", other, true},
		{"abnormal exit", other, true},
	}
}

// classify says what the server's words mean. Words nobody knows are a refusal for good: a server that refuses in its
// own words is more often a rule than a hiccup, and pushing again costs the others.
func classify(words ...string) reason {
	said := strings.ToLower(strings.Join(words, "\n"))
	for _, r := range reasons() {
		if strings.Contains(said, r.says) {
			return r
		}
	}
	return reason{kind: policy.GitRejectedOther}
}

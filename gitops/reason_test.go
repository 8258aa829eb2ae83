package gitops

import (
	"errors"
	"strings"
	"testing"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

func TestWordsBeforeAnyPushCountToo(t *testing.T) {
	for text, want := range map[string]reason{
		"GitLab: Failed to authorize your Git request: internal API unreachable":   {kind: policy.GitRejectedOther, again: true},
		"ERROR: Repository not found.":                                             {kind: policy.GitAuth},
		"ERROR: The key you are authenticating with has been marked as read only.": {kind: policy.GitAuth},
		"computer says no": {kind: policy.GitRejectedOther},
	} {
		err := failed("land", &wire.Error{Op: "list refs of", URL: "ssh://git@forge.example/shop", Err: &wire.RemoteError{Text: text}})
		var failure *Error
		if !errors.As(err, &failure) || failure.Kind() != want.kind || failure.Again != want.again {
			t.Errorf("%s: kind %s, again %t", text, failure.Kind(), failure.Again)
		}
	}
}

// Words as servers sent them: the status of the ref, then what came on the sideband.
func TestServersWordsGetTheirKind(t *testing.T) {
	const (
		protected = policy.GitRejectedProtected
		hook      = policy.GitRejectedHook
		shallow   = policy.GitRejectedShallow
		auth      = policy.GitAuth
		other     = policy.GitRejectedOther
	)
	tests := []struct {
		name, status, text string
		kind               policy.Kind
		again              bool
	}{
		{"GitHub, protected branch", "protected branch hook declined", "error: GH006: Protected branch update failed for refs/heads/main.\nerror: Changes must be made through a pull request.", protected, false},
		{"GitHub, required check", "protected branch hook declined", `error: GH006: Protected branch update failed for refs/heads/main.
error: Required status check "build" is expected.`, protected, false},
		{"GitHub, ruleset", "push declined due to repository rule violations", "error: GH013: Repository rule violations found for refs/heads/main.", protected, false},
		{"GitHub, unsigned commits", "push declined due to repository rule violations", "error: GH013: Repository rule violations found for refs/heads/main.\n- Commits must have verified signatures.", protected, false},
		{"GitHub, secret", "push declined due to repository rule violations", "error: GH013: Repository rule violations found\n- GITHUB PUSH PROTECTION\n- Push cannot contain secrets", hook, false},
		{"GitLab, protected branch", "pre-receive hook declined", "GitLab: You are not allowed to push code to protected branches on this project.", protected, false},
		{"GitLab, force push", "pre-receive hook declined", "GitLab: You are not allowed to force push code to a protected branch on this project.", protected, false},
		{"Gitea, protected branch", "pre-receive hook declined", "error: Not allowed to push to protected branch main", protected, false},
		{"Bitbucket, pull requests only", "pre-receive hook declined", "Branch refs/heads/main can only be modified through pull requests.", protected, false},
		{"Azure, pull requests only", "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.", "", protected, false},
		{"Gerrit, direct push", "prohibited by Gerrit: not permitted: update", "", protected, false},

		{"git, pre-receive hook", "pre-receive hook declined", "policy: no pushes on Friday", hook, false},
		{"git, update hook", "hook declined", "error: hook declined to update refs/heads/main", hook, false},
		{"GitHub, file too large", "pre-receive hook declined", "error: GH001: Large files detected. You may want to try Git Large File Storage", hook, false},
		{"GitHub, private address", "push declined due to email privacy restrictions", "error: GH007: Your push would publish a private email address.", hook, false},
		{"GitHub, missing LFS objects", "pre-receive hook declined", "error: GH008: Your push referenced at least 1 unknown Git LFS object:", hook, false},
		{"GitLab, message pattern", "pre-receive hook declined", "GitLab: Commit message does not follow the pattern '^[A-Z]+-[0-9]+'", hook, false},

		{"git, shallow push", "shallow update not allowed", "", shallow, false},
		{"git, shallow roots", "new shallow roots not allowed", "", shallow, false},

		{"GitHub, workflow file", "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission", "", auth, false},
		{"GitHub, workflow file with a personal token", "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope", "", auth, false},
		{"GitHub, read-only token", "", "Permission to acme/shop.git denied to github-actions[bot].", auth, false},
		{"GitHub, no write access", "", "Write access to repository not granted.", auth, false},
		{"GitHub, read-only key", "", "ERROR: The key you are authenticating with has been marked as read only.", auth, false},
		{"GitLab, no push right", "", "You are not allowed to push code to this project.", auth, false},
		{"GitLab, job token", "", "You are not allowed to upload code.", auth, false},
		{"GitLab, wrong token", "", "HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled", auth, false},
		{"Azure, no right", "TF401027: You need the Git 'GenericContribute' permission to perform this action.", "", auth, false},

		{"git, folder in the way", "failed to update ref", "error: cannot lock ref 'refs/heads/main/sub': 'refs/heads/main' exists; cannot create 'refs/heads/main/sub'", other, false},
		{"git 2.51, name in the way", "refname conflict", "", other, false},
		{"git, lock left behind", "failed to update ref", "error: cannot lock ref 'refs/heads/main': Unable to create '/srv/shop.git/./refs/heads/main.lock': File exists.", other, true},
		{"git, stale lease", "failed to update ref", "error: cannot lock ref 'refs/heads/main': is at 1111111 but expected 2222222", other, true},
		{"git 2.51, stale lease", "incorrect old value provided", "", other, true},
		{"git, new branch taken", "reference already exists", "", other, true},
		{"git, moved", "non-fast-forward", "", other, true},
		{"git, moved and not fetched", "fetch first", "", other, true},
		{"git, disk full", "unpacker error", "error: unable to write file: No space left on device", other, false},
		{"git, unpacker died", "unpacker error", "", other, true},
		{"GitHub, internal failure", "failure", "fatal error in commit_refs", other, true},
		{"GitHub, internal server error", "", "Internal Server Error", other, true},
		{"GitLab, internal API down", "pre-receive hook declined", "GitLab: Failed to authorize your Git request: internal API unreachable", other, true},
		{"nobody knows", "computer says no", "", other, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := classify(test.status, test.text)
			if got.kind != test.kind || got.again != test.again {
				t.Errorf("got %s, again %t (by %q); want %s, again %t", got.kind, got.again, got.says, test.kind, test.again)
			}
		})
	}
}

func TestABranchThatWantsSignaturesIsToldApart(t *testing.T) {
	said := "error: GH013: Repository rule violations found for refs/heads/main.\n- Commits must have verified signatures."
	if why := classify("push declined due to repository rule violations", said); !strings.Contains(why.advice, "via: api") {
		t.Errorf("advice: %s", why.advice)
	}
}

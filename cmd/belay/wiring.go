package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/forge"
	"github.com/belay-ci/belay/runner"
	"github.com/belay-ci/belay/runner/host"
)

// repository opens the workspace's repository with the credentials there are. That there is none is no error yet:
// a run without a land step needs none, and one with a land step says so.
func (a app) repository(ctx context.Context, facts host.Facts, job runner.Job, w workspace, temp string, key signing) (host.Facts, *gitops.Repo, error) {
	found, err := w.checkout()
	if err != nil {
		return facts, nil, err
	}
	facts = facts.In(host.Checkout{RemoteURL: found.RemoteURL, Branch: found.Branch, Commit: string(found.Head), SSHKey: found.SSHKey})
	if facts.RemoteURL == "" {
		return facts, nil, errors.New("the checkout has no remote `origin` to land on")
	}
	remote, err := remoteOf(ctx, facts, found, job.Dir)
	if err != nil {
		return facts, nil, err
	}
	for _, secret := range remote.Secrets() {
		job.Masks.Add(secret)
	}
	facts.RemoteURL, facts.Web.CABundle = remote.URL, cmp.Or(remote.CA, facts.Web.CABundle)
	options := gitops.Options{Remote: remote, Checkout: job.Dir, Temp: temp, Env: job.Environ, Sign: key.by, SignedBy: key.who, Bearings: bearings(job.Resume)}
	if key.viaAPI {
		options.Maker, err = openMaker(facts, remote.Credentials, key.forge)
		switch {
		case err != nil && key.perhaps:
			options.Maker = noMaker{err}
		case err != nil:
			return facts, nil, noMaker{err}
		}
	}
	repository, err := gitops.Open(ctx, options)
	return facts, repository, err
}

// remoteOf is the remote with the credentials there are for it. An SSH address nobody has a key for is reached by https
// where there is a token for that.
func remoteOf(ctx context.Context, facts host.Facts, found gitops.Discovered, dir string) (gitops.Remote, error) {
	login, err := gitops.FindCredentials(ctx, lookup(facts, found, dir))
	if err != nil {
		return gitops.Remote{}, err
	}
	if login.SSH != nil && login.From == "nowhere" && facts.Token != "" && facts.Repository != "" {
		facts.RemoteURL = facts.ServerURL + "/" + facts.Repository + ".git"
		return remoteOf(ctx, facts, found, dir)
	}
	return gitops.Remote{URL: facts.RemoteURL, Credentials: login.Credentials, SSH: login.SSH, CA: login.CA}, nil
}

// bearings are those of a run that goes on; zero for one that begins now.
func bearings(k *runner.Kept) gitops.Bearings {
	if k == nil {
		return gitops.Bearings{}
	}
	return k.Bearings
}

// lookup says where the remote's credentials may be.
func lookup(facts host.Facts, found gitops.Discovered, dir string) gitops.Lookup {
	return gitops.Lookup{
		URL: withLogin(facts.RemoteURL, found), Token: facts.Token, User: facts.User, Dir: dir, Interactive: facts.Name == "local",
		SSHKey: facts.SSH.Key, SSHPassphrase: facts.SSH.Passphrase, HostKeys: facts.SSH.KnownHosts, CABundle: facts.Web.CABundle,
	}
}

// withLogin puts back into an address what the checkout's own had in it, if both are of the same server: the host may
// know the remote by another path.
func withLogin(remote string, found gitops.Discovered) string {
	u, err := url.Parse(remote)
	own, ownErr := url.Parse(found.RemoteURL)
	if err != nil || ownErr != nil || found.Login == (gitops.Credentials{}) || u.Scheme != own.Scheme || u.Host != own.Host {
		return remote
	}
	u.User = url.UserPassword(found.Login.Username, found.Login.Password)
	return u.String()
}

// openForge chooses the forge of the remote. Where there is none to talk to, why is said when it is needed.
func openForge(facts host.Facts, explicit, temp string) (runner.Forge, error) {
	name, err := forge.Choose(facts.Forge, facts.RemoteURL, explicit)
	if err != nil {
		return nil, err
	}
	switch name {
	case "local":
		return forge.NewLocal(temp), nil
	case "gitlab":
		if jobTokenAlone(facts) {
			return nil, errors.New("the job's own token may not open merge requests: give belay a project access token with the scope `api` and the role Developer as BELAY_PR_TOKEN")
		}
		return opened(openGitLab(facts))
	case "gitea", "forgejo":
		return opened(openGitea(facts))
	}
	return opened(openGitHub(facts))
}

// jobTokenAlone reports whether all there is is GitLab's CI_JOB_TOKEN.
// https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access
func jobTokenAlone(facts host.Facts) bool {
	return facts.ForgeToken == facts.Token && facts.User == "gitlab-ci-token"
}

// opened keeps an interface around nil from being taken for a forge.
func opened[F runner.Forge](f F, err error) (runner.Forge, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

func openGitHub(facts host.Facts) (*forge.GitHub, error) {
	client, err := forgeClient(facts.Web.CABundle)
	if err != nil {
		return nil, err
	}
	return forge.NewGitHub(forge.GitHubOptions{
		APIURL: facts.APIURL, ServerURL: facts.ServerURL, Repository: facts.Repository, Token: facts.ForgeToken, HTTP: client,
	})
}

func openGitLab(facts host.Facts) (*forge.GitLab, error) {
	client, err := forgeClient(facts.Web.CABundle)
	if err != nil {
		return nil, err
	}
	return forge.NewGitLab(forge.GitLabOptions{
		APIURL: facts.APIURL, ServerURL: facts.ServerURL, Project: facts.Repository, Token: facts.ForgeToken, HTTP: client,
	})
}

func openGitea(facts host.Facts) (*forge.Gitea, error) {
	client, err := forgeClient(facts.Web.CABundle)
	if err != nil {
		return nil, err
	}
	return forge.NewGitea(forge.GiteaOptions{ServerURL: facts.ServerURL, Repository: facts.Repository, Token: facts.ForgeToken, HTTP: client})
}

// openDispatcher returns who starts a new run on the CI host, or why nobody can.
func openDispatcher(facts host.Facts) (runner.Dispatcher, error) {
	switch {
	case facts.Name == "github":
		gitHub, err := openGitHub(facts)
		if err != nil {
			return nil, err
		}
		return gitHub, nil
	case facts.Name == "gitlab" && jobTokenAlone(facts):
		return nil, errors.New("the job's own token may not start a pipeline: give belay a project access token with the scope `api` as BELAY_PR_TOKEN")
	case facts.Name == "gitlab":
		gitLab, err := openGitLab(facts)
		if err != nil {
			return nil, err
		}
		return gitLab, nil
	}
	return nil, errors.New("there is no CI host to ask")
}

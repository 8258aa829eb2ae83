package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/internal/source"
)

// Elsewhere names a repository by a checkout of it in the workspace, which a step or the CI host made. The zero value is the
// run's own repository.
type Elsewhere struct {
	Checkout string `json:"checkout,omitzero"`  // the folder, relative to the workspace
	TokenEnv string `json:"token-env,omitzero"` // the environment variable with a token for that repository alone; empty: as for the run's own
}

// elsewhereKeys name a repository elsewhere to a step that is not about what changed there.
func elsewhereKeys() []source.Key {
	return []source.Key{
		{Name: "checkout", Type: source.TypeText, Valid: wrongCheckout, Example: "deploy", Means: "A folder of the workspace with a checkout of another repository, as `clone` makes it: the step is about that repository. Default: the run's own."},
		{Name: "token-env", Type: source.TypeText, Needs: "checkout", Example: "DEPLOY_TOKEN", Means: "The environment variable with a token for that repository alone, for git and for pull requests. Default: as for `land`."},
	}
}

// wrongCheckout says what is wrong with the folder of a checkout.
func wrongCheckout(name string) string {
	if _, err := localName(name); err != nil {
		return fmt.Sprintf("%q: %v", name, err)
	}
	return ""
}

// elsewhere is the repository that a step names; zero for the run's own.
func (k call) elsewhere() Elsewhere {
	return Elsewhere{Checkout: text(k.with["checkout"]), TokenEnv: text(k.with["token-env"])}
}

// atCheckout is a step's work, done at the repository that the step names.
func atCheckout(do func(*conductor, context.Context, call) execution) func(*conductor, context.Context, call) execution {
	return func(c *conductor, ctx context.Context, k call) execution {
		there, err := c.at(ctx, k.elsewhere(), k.env)
		if err != nil {
			return failedExecution(notStarted(fmt.Errorf("%s: %w", k.step.Uses, err)))
		}
		return do(there, ctx, k)
	}
}

// Opening is what it takes to open a repository elsewhere.
type Opening struct {
	Dir      string          // the checkout
	Token    string          // for that repository alone; empty for none
	Temp     string          // a folder for this repository alone
	Bearings gitops.Bearings // what an earlier process of the run had come to there; zero where there was none
}

// errNoElsewhere is the cause where a run lands on no other repository than its own.
var errNoElsewhere = errors.New("nothing lands on another repository from here")

// elsewheres are the other repositories of a run, opened when they are first needed. All conductors of the run share them.
type elsewheres struct {
	mu       sync.Mutex
	open     map[Elsewhere]Job
	bearings map[Elsewhere]gitops.Bearings // of an earlier process of the run
}

// at is the conductor at another repository: it stages, lands, reverts and opens pull requests there. env is where a token is looked
// up. Errors say which checkout it is about.
func (c *conductor) at(ctx context.Context, e Elsewhere, env map[string]string) (*conductor, error) {
	if e == (Elsewhere{}) {
		return c, nil
	}
	there, err := c.elsewhere(ctx, e, env)
	if err != nil {
		return nil, fmt.Errorf("open the checkout %s: %w", e.Checkout, err)
	}
	inner := *c
	inner.where, inner.home = e, c.repo()
	inner.job.Facts, inner.job.Repository, inner.job.Forge, inner.job.NoForge = there.Facts, there.Repository, there.Forge, there.NoForge
	inner.called = shownRepository(there.Facts.RemoteURL, c.job.Facts.RemoteURL)
	return &inner, nil
}

// elsewhere opens a repository, once.
func (c *conductor) elsewhere(ctx context.Context, e Elsewhere, env map[string]string) (Job, error) {
	c.others.mu.Lock()
	defer c.others.mu.Unlock()
	if there, ok := c.others.open[e]; ok {
		return there, nil
	}
	if c.job.Elsewhere == nil {
		return Job{}, errNoElsewhere
	}
	name, err := localName(e.Checkout)
	if err != nil {
		return Job{}, err
	}
	o := Opening{Dir: filepath.Join(c.job.Dir, filepath.FromSlash(name)), Bearings: c.others.bearings[e]}
	if e.TokenEnv != "" {
		if o.Token = env[e.TokenEnv]; o.Token == "" {
			return Job{}, fmt.Errorf("`token-env`: the environment variable %s is not set", e.TokenEnv)
		}
		c.job.Masks.Add(o.Token)
	}
	if o.Temp, err = os.MkdirTemp(c.job.Temp, "elsewhere-"); err != nil {
		return Job{}, err
	}
	there, err := c.job.Elsewhere(ctx, c.job, o)
	if err == nil {
		c.others.open[e] = there
	}
	return there, err
}

// forget closes what is open: a restart may have taken the checkouts away.
func (o *elsewheres) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.open)
	clear(o.bearings)
}

// kept is how far the run has come in each.
func (o *elsewheres) kept() []KeptElsewhere {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []KeptElsewhere
	for e, there := range o.open {
		list = append(list, KeptElsewhere{e, there.Repository.Bearings()})
	}
	for e, b := range o.bearings {
		if _, open := o.open[e]; !open {
			list = append(list, KeptElsewhere{e, b})
		}
	}
	return list
}

// shownRepository is what people are told a repository is: owner/name, with its server where that is another one than the run's.
func shownRepository(remote, own string) string {
	server, path := splitAddress(remote)
	if ownServer, _ := splitAddress(own); server == "" || strings.EqualFold(server, ownServer) {
		return path
	}
	return server + "/" + path
}

// isOwn reports whether two addresses are those of one repository: a run may have several checkouts of its own.
func isOwn(remote, own string) bool {
	server, path := splitAddress(remote)
	ownServer, ownPath := splitAddress(own)
	if server == "" {
		return remote == own
	}
	return strings.EqualFold(server, ownServer) && strings.EqualFold(path, ownPath)
}

// splitAddress takes a remote's address apart: the server, empty for a folder of this machine, and the path there.
func splitAddress(remote string) (server, path string) {
	_, rest, ok := strings.Cut(remote, "://")
	if !ok {
		if account, scp, ok := strings.Cut(remote, ":"); ok && gitops.IsSSH(remote) {
			return account[strings.LastIndexByte(account, '@')+1:], strings.TrimSuffix(scp, ".git")
		}
		return "", strings.TrimSuffix(filepath.Base(remote), ".git")
	}
	server, path, _ = strings.Cut(rest, "/")
	server = server[strings.LastIndexByte(server, '@')+1:]
	return server, strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

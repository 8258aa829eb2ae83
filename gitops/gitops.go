// Package gitops is belay's face of git: it stages what a run changed, lands it on a branch that others push to at the
// same moment, and reverts it. It tries once and says what happened; waiting and trying again is the caller's.
//
// The user's checkout is read and, but for Refresh and BringBack, never written: not its index, its objects, its refs or its files.
// Nothing is pushed from it. New objects live in belay's own store, which speaks the git protocol itself (package
// wire), so that no hook, filter or configuration of the checkout sees a credential. What is on the branch is decided
// by reading the branch, never by an exit code or by words.
package gitops

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/belay-ci/belay/gitops/arbiter"
	"github.com/belay-ci/belay/gitops/merge"
	"github.com/belay-ci/belay/gitops/wire"
)

// ID is the name of a git object: 40 hexadecimal digits. The empty ID is none.
type ID string

// Short returns the first 12 digits, for people.
func (id ID) Short() string { return string(id[:min(len(id), 12)]) }

func (id ID) hash() plumbing.Hash { return plumbing.NewHash(string(id)) }

func idOf(hash plumbing.Hash) ID {
	if hash.IsZero() {
		return ""
	}
	return ID(hash.String())
}

// Person is an author or committer. A zero When means now.
type Person struct {
	Name, Email string
	When        time.Time
}

// Remote is a repository on a server.
type Remote struct {
	URL         string // http, https, ssh or file
	Credentials Credentials
	HTTP        *http.Client // nil means one with the operating system's proxy and CA settings
	CA          string       // for the one of nil: certificates in PEM that vouch for servers beside the system's
	SSH         *SSH         // keys and known hosts for an SSH address; nil means none
}

// Options say where the repository is and where the run works.
type Options struct {
	Remote   Remote
	Checkout string   // a folder in the run's work tree; empty for none: then Stage, Snapshot and Refresh fail
	Temp     string   // a folder for staged objects, for this Repo alone and not in the work tree; the caller makes and removes it
	Env      []string // the environment for the installed git, secrets are taken out of it; nil means the process's
	Late     bool     // the run came to the checkout after steps did: what none of its remote-tracking refs has is the run's, too
	Bearings Bearings // what an earlier process of the same run returned; zero where the run begins now
	NoGit    bool     // act as if git were not installed
	Sign     Signer   // signs what belay makes or rewrites; nil: nothing is signed
	SignedBy Person   // whom the key says it belongs to: the committer of what it signs; zero: as without a key
	Maker    Maker    // makes what belay would make or rewrite, and signs it; nil: belay does. It goes without Sign
}

// Repo is a repository on a server, with a store of belay's own in front of it. Its methods may be called by several
// goroutines; they take turns.
type Repo struct {
	turn     sync.Mutex
	options  Options
	conn     *wire.Conn
	greeted  chan greeting // what Greet asked; nil before it, and once it is used
	checkout *checkout     // nil for none
	child    *child        // nil where git is not installed
	arbiter  *arbiter.Git  // nil until it is asked for the first time
	staging  string        // holds objects/, where staged contents are written
	store    *objects
	recorded recorded
	origin   origin
	tips     map[string]ID            // by branch: where it was when last read or pushed
	anchors  map[string]ID            // by branch: a commit known to have been on it in this run
	whole    map[plumbing.Hash]bool   // commits the server is likely to have, and whose tree the store has
	seen     map[plumbing.Hash]bool   // commits the server has, whose trees the store has or can fetch
	spans    map[spanKey]*span        // what was read of the history so far
	recents  map[string]*span         // by branch: its newest commits
	searched map[string]bool          // what was looked for among those and is not there, by branch and id
	most     int                      // mostObjects, less in tests
	longest  int                      // mostHistory, less in tests
	inFiles  int64                    // mostInFiles, less in tests
	queue    queueing                 // what is known of the queues of branches
	looked   map[string]bool          // by branch: the landing under way has read where it is
	truthful map[string]bool          // branches whose push was reported as it was then read back
	pace     pace                     // of this server
	uploads  map[string]plumbing.Hash // by ref: what this run has uploaded, and not taken away
	uploaded map[plumbing.Hash]bool   // objects that the server was given by uploads
}

// origin is the checkout as the run found it.
type origin struct {
	head   ID
	branch string        // empty when detached
	tips   map[string]ID // by ref name: what the checkout last saw on its remotes
}

// tracks reports whether the checkout was made from branch, on any of its remotes, as that was then.
func (o origin) tracks(branch string) bool {
	for name, id := range o.tips {
		remote, ok := strings.CutSuffix(strings.TrimPrefix(name, "refs/remotes/"), "/"+branch)
		if ok && remote != "" && id == o.head {
			return true
		}
	}
	return false
}

// Open reads where the checkout stands and makes the store. It does not talk to the server.
func Open(_ context.Context, o Options) (*Repo, error) {
	conn, err := o.Remote.dial()
	if err != nil {
		return nil, failed("open repository", err)
	}
	r := &Repo{
		options: o,
		conn:    conn,
		store:   &objects{Storage: memory.NewStorage()},
		tips:    map[string]ID{},
		anchors: map[string]ID{},
		whole:   map[plumbing.Hash]bool{},
		seen:    map[plumbing.Hash]bool{},
		spans:   map[spanKey]*span{},

		recents:  map[string]*span{},
		searched: map[string]bool{},
		most:     mostObjects,
		longest:  mostHistory,
		inFiles:  mostInFiles,
		queue:    newQueueing(),
		looked:   map[string]bool{},
		truthful: map[string]bool{},
		uploads:  map[string]plumbing.Hash{},
		uploaded: map[plumbing.Hash]bool{},
	}
	if o.Checkout == "" {
		return r, nil
	}
	if err := r.openCheckout(o); err != nil {
		return nil, failed("open checkout "+o.Checkout, err)
	}
	return r, nil
}

func (r *Repo) openCheckout(o Options) error {
	if o.Temp == "" {
		return errors.New("no folder for staged objects was given")
	}
	temp, err := filepath.Abs(o.Temp) // git's children run elsewhere
	if err != nil {
		return err
	}
	r.staging = filepath.Join(temp, "staging")
	found, err := findCheckout(o.Checkout)
	if err != nil {
		return err
	}
	r.checkout = &found
	if r.child, err = findGit(o, found.root); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.staging, "objects"), 0o700); err != nil {
		return err
	}
	// A folder with an objects/ and a config is all it takes to be a repository to go-git.
	if err := os.WriteFile(filepath.Join(r.staging, "config"), nil, 0o600); err != nil {
		return err
	}
	if r.origin.head, r.origin.branch, err = found.head(); err != nil {
		return err
	}
	if r.origin.tips, err = found.tracking(); err != nil {
		return err
	}
	if err := r.openLayers(); err != nil {
		return err
	}
	if o.Bearings != (Bearings{}) {
		return r.take(o.Bearings)
	}
	if o.Late {
		if r.origin.head, err = r.pushed(r.origin.head); err != nil {
			return err
		}
	}
	return r.record(r.origin.head)
}

// findGit returns the installed git, nil where there is none.
func findGit(o Options, root string) (*child, error) {
	if o.NoGit {
		return nil, nil
	}
	git, err := exec.LookPath("git")
	if errors.Is(err, exec.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	return &child{git: git, dir: root, env: childEnv(env, o.Remote.Secrets()...)}, nil
}

// openLayers opens what is on disk anew: steps and git itself add and repack objects while the run is under way.
func (r *Repo) openLayers() error {
	dirs, err := r.checkout.objectDirs()
	if err != nil {
		return err
	}
	layers := make([]storer.EncodedObjectStorer, 0, 1+len(dirs))
	for _, dir := range append([]string{filepath.Join(r.staging, "objects")}, dirs...) {
		layer, err := openObjects(filepath.Dir(dir))
		if err != nil {
			return err
		}
		layers = append(layers, layer)
	}
	for _, layer := range r.store.layers {
		if d, ok := layer.(*disk); ok {
			d.close()
		}
	}
	r.store.layers = layers
	return nil
}

// stagingStore is the store with new objects going to the staging folder: files, of which there may be more than memory holds.
func (r *Repo) stagingStore() merge.Store { return writingTo{r.store, r.store.layers[0]} }

// record makes head the state that the next staging compares with.
func (r *Repo) record(head ID) error {
	c, err := r.commit(head.hash())
	if err != nil {
		return err
	}
	r.recorded = recorded{head: head, tree: c.Tree}
	r.whole[head.hash()] = true
	return nil
}

// errNoCheckout is the cause where an operation needs the run's work tree.
var errNoCheckout = errors.New("no checkout was given")

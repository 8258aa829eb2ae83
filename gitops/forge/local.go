package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/belay-ci/belay/internal/retry"
	"github.com/belay-ci/belay/policy"
)

// Local keeps pull requests in a file, for a remote that has no forge: a bare repository, or none. There are no
// pages, so every URL is empty; the text is in the file and in the report.
type Local struct {
	file string
}

// NewLocal keeps its file, pull-requests.json, in dir: a bare repository, or any folder that outlives the run.
// The folder is made when it is missing, on the first Open.
func NewLocal(dir string) *Local {
	return &Local{file: filepath.Join(dir, "pull-requests.json")}
}

// Find returns the pull requests from head into base in every state, newest first.
func (l *Local) Find(ctx context.Context, head, base string) ([]PullRequest, error) {
	all, err := l.load()
	if err != nil {
		return nil, l.failure(ctx, "find pull requests of", head+" into "+base, err)
	}
	return between(all, head, base), nil
}

func between(all []PullRequest, head, base string) []PullRequest {
	var found []PullRequest
	for _, p := range slices.Backward(all) {
		if p.Head == head && p.Base == base {
			found = append(found, p)
		}
	}
	return found
}

// Open does as [GitHub.Open] does. A second process that opens at the same time waits its turn, so that the two
// get one pull request.
func (l *Local) Open(ctx context.Context, n NewPullRequest) (pr PullRequest, created bool, err error) {
	unlock, err := l.lock(ctx)
	if err != nil {
		return PullRequest{}, false, l.failure(ctx, "open pull request", n.String(), err)
	}
	defer unlock()
	all, err := l.load()
	if err != nil {
		return PullRequest{}, false, l.failure(ctx, "open pull request", n.String(), err)
	}
	pr, adopted := standing(between(all, n.Head, n.Base), n)
	if !adopted {
		pr = PullRequest{
			Number: len(all) + 1, State: "open", Head: n.Head, Base: n.Base,
			Title: n.Title, Body: n.Body, Draft: n.Draft, Reviewers: n.Reviewers, Assignees: n.Assignees,
		}
		all = append(all, pr)
	}
	if lacking := missing(n.Labels, pr.Labels); pr.State == "open" && (!adopted || len(lacking) > 0) {
		pr.Labels = append(pr.Labels, lacking...)
		all[pr.Number-1] = pr
		if err := l.store(all); err != nil {
			return PullRequest{}, false, l.failure(ctx, "open pull request", n.String(), err)
		}
	}
	return pr, !adopted, nil
}

// Get returns one pull request. Nobody can merge one here, so its readiness is empty.
func (l *Local) Get(ctx context.Context, number int) (PullRequest, error) {
	return l.get(ctx, "read pull request", number)
}

func (l *Local) get(ctx context.Context, op string, number int) (PullRequest, error) {
	all, err := l.load()
	name := fmt.Sprintf("#%d", number)
	switch {
	case err != nil:
		return PullRequest{}, l.failure(ctx, op, name, err)
	case number < 1 || number > len(all):
		return PullRequest{}, &Error{Op: op, What: name, Err: fmt.Errorf("there is none in %s", l.file), kind: policy.ForgeRejected}
	}
	return all[number-1], nil
}

// Close closes a pull request, and returns it as it is then.
func (l *Local) Close(ctx context.Context, number int) (PullRequest, error) {
	const op = "close pull request"
	unlock, err := l.lock(ctx)
	if err != nil {
		return PullRequest{}, l.failure(ctx, op, fmt.Sprintf("#%d", number), err)
	}
	defer unlock()
	pr, err := l.get(ctx, op, number)
	if err != nil || pr.State != "open" {
		return pr, err
	}
	all, err := l.load()
	if err == nil {
		all[number-1].State, pr.State = "closed", "closed"
		err = l.store(all)
	}
	if err != nil {
		return PullRequest{}, l.failure(ctx, op, fmt.Sprintf("#%d", number), err)
	}
	return pr, nil
}

func (l *Local) load() ([]PullRequest, error) {
	text, err := os.ReadFile(l.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []PullRequest
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", l.file, err)
	}
	for i := range all {
		if all[i].Number != i+1 {
			return nil, fmt.Errorf("read %s: entry %d has number %d", l.file, i+1, all[i].Number)
		}
	}
	return all, nil
}

// store writes the file anew beside the old one: a reader sees one or the other, and a crash leaves the old.
func (l *Local) store(all []PullRequest) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	next := l.file + ".new"
	if err := os.WriteFile(next, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(next, l.file)
}

const (
	lockWait = 10 * time.Second
	lockPoll = 20 * time.Millisecond
)

// lock takes the file's lock as git takes those of its files: by making FILE.lock, which only one can.
func (l *Local) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(l.file), 0o755); err != nil {
		return nil, err
	}
	name := l.file + ".lock"
	start := time.Now()
	err = retry.Do(ctx, func(context.Context) error {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		return f.Close()
	}, func(_ int, err error) (time.Duration, bool) {
		// On Windows a lock that is just being removed answers with a denial.
		busy := errors.Is(err, fs.ErrExist) || runtime.GOOS == "windows" && errors.Is(err, fs.ErrPermission)
		return lockPoll, busy && time.Since(start) < lockWait
	})
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w. When no other belay is at work here, remove that file", err)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(name) }, nil
}

func (l *Local) failure(ctx context.Context, op, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s: %w", op, what, err)
	}
	return &Error{Op: op, What: what, Err: err, kind: policy.ForgeUnavailable}
}

// CompareURL is empty: there is no page.
func (l *Local) CompareURL(base, head string) string { return "" }

// CommitURL is empty: there is no page.
func (l *Local) CommitURL(id string) string { return "" }

// RunURL is empty: there is no page.
func (l *Local) RunURL(id string) string { return "" }

// MaxBody is the longest text a pull request may have, in characters, the same as GitHub's.
func (l *Local) MaxBody() int { return maxBody }

package demo

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/belay-ci/belay/gitops/forge/fake"
	"github.com/belay-ci/belay/gitops/serve"
)

// Names on the demo's servers.
const (
	repositoryName = "acme/config"
	gitName        = "config"
	forgeToken     = "demo-forge-token"
	belayUser      = "belay"
)

// site is the demo's two servers on loopback.
type site struct {
	repository *serve.Repository
	forge      *fake.GitHub
	gitURL     string
	forgeURL   string
	servers    []*http.Server
	gate       *gate
}

// open starts the servers on free ports.
func open() (*site, error) {
	git := serve.New()
	repository, err := git.CreateRepository(gitName)
	if err != nil {
		return nil, err
	}
	s := &site{repository: repository, gate: newGate()}
	if s.gitURL, err = s.listen(s.gate.around(git)); err != nil {
		return nil, err
	}
	s.forge = fake.New(fake.Options{Repository: repositoryName, Token: forgeToken, BranchExists: repository.HasBranch})
	s.forgeURL, err = s.listen(s.forge)
	return s, err
}

func (s *site) listen(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }() // ends with close
	return "http://" + l.Addr().String(), nil
}

func (s *site) close() {
	for _, server := range s.servers {
		_ = server.Close()
	}
}

func (s *site) remote() string { return s.gitURL + "/" + gitName }

// seed makes the config repository's first commit.
func (s *site) seed() error {
	files := map[string]string{}
	err := fs.WalkDir(config, "config", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(config, path)
		files[strings.TrimPrefix(path, "config/")] = string(data)
		return err
	})
	if err != nil {
		return err
	}
	return s.repository.Commit("main", "config of all services", "platform", files)
}

// gate holds belay's first push back until rivals have landed: a race that is lost for certain, without which
// the demo would show luck.
type gate struct {
	mu      sync.Mutex
	rivals  int
	open    chan struct{}
	pushing chan struct{} // closed when belay's first push has come
	first   sync.Once
}

func newGate() *gate { return &gate{open: make(chan struct{}), pushing: make(chan struct{})} }

// rivalsFirst is how many rival commits land before belay's first push gets through.
const rivalsFirst = 2

func (g *gate) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if user == belayUser && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			g.first.Do(func() { close(g.pushing) })
			select {
			case <-g.open:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// landed counts a rival's commit.
func (g *gate) landed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rivals++; g.rivals == rivalsFirst {
		close(g.open)
	}
}

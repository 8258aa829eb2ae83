package gittest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// SSHServer serves the repositories of a Server by SSH too: it runs git's own services, as sshd does.
type SSHServer struct {
	URL       string // ssh://git@127.0.0.1:port
	Key       string // a private key that is let in, in PEM
	HostKeys  string // the server's line for a file of known hosts
	AcceptEnv bool   // takes GIT_PROTOCOL; a stock sshd does not

	root        string
	config      *ssh.ServerConfig
	connections atomic.Int64
	commands    atomic.Int64
	mu          sync.Mutex
	open        map[net.Conn]bool
	around      func(service string, answer io.Writer) io.Writer
}

// ServeSSH starts an SSH server over the repositories of s, and stops it with the test.
func ServeSSH(t testing.TB, s *Server) *SSHServer {
	t.Helper()
	host, user := newKey(t), newKey(t)
	hostKey, err := ssh.ParsePrivateKey([]byte(host))
	if err != nil {
		t.Fatal(err)
	}
	userKey, err := ssh.ParsePrivateKey([]byte(user))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &SSHServer{
		URL: "ssh://git@" + listener.Addr().String(), Key: user, AcceptEnv: true, root: s.Root, open: map[net.Conn]bool{},
		HostKeys: fmt.Sprintf("[127.0.0.1]:%d %s", listener.Addr().(*net.TCPAddr).Port, ssh.MarshalAuthorizedKey(hostKey.PublicKey())),
	}
	server.config = &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) == string(userKey.PublicKey().Marshal()) {
			return nil, nil
		}
		return nil, errors.New("unknown key")
	}}
	server.config.AddHostKey(hostKey)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { server.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		server.Drop()
		running.Wait()
	})
	return server
}

// newKey makes a private key in the form of OpenSSH.
func newKey(t testing.TB) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "test")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// NewSSHKey makes a private key nobody knows, in PEM, locked where passphrase is not empty.
func NewSSHKey(t testing.TB, passphrase string) string {
	t.Helper()
	if passphrase == "" {
		return newKey(t)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "test", []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// Connections counts the connections made so far.
func (s *SSHServer) Connections() int { return int(s.connections.Load()) }

// Commands counts the services started so far.
func (s *SSHServer) Commands() int { return int(s.commands.Load()) }

// Around puts a writer around what a service answers, from the next service on. An error of its Write cuts the connection.
func (s *SSHServer) Around(f func(service string, answer io.Writer) io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.around = f
}

// Drop cuts all connections there are.
func (s *SSHServer) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = conn.Close()
	}
}

func (s *SSHServer) serve(conn net.Conn) {
	s.mu.Lock()
	s.open[conn] = true
	s.mu.Unlock()
	s.connections.Add(1)
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	_, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	var running sync.WaitGroup
	defer running.Wait()
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		running.Go(func() { s.session(conn, channel, requests) })
	}
}

func (s *SSHServer) session(conn net.Conn, channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	env := Env(s.root)
	for r := range requests {
		switch r.Type {
		case "env":
			var pair struct{ Name, Value string }
			if ssh.Unmarshal(r.Payload, &pair) == nil && pair.Name == "GIT_PROTOCOL" && s.AcceptEnv {
				env = append(env, pair.Name+"="+pair.Value)
			}
		case "exec":
			var command struct{ Line string }
			_ = ssh.Unmarshal(r.Payload, &command)
			if r.WantReply {
				_ = r.Reply(true, nil)
			}
			go ssh.DiscardRequests(requests)
			s.run(conn, channel, command.Line, env)
			return
		}
		if r.WantReply {
			_ = r.Reply(r.Type == "env", nil)
		}
	}
}

// run runs a service in the folder of the repositories.
func (s *SSHServer) run(conn net.Conn, channel ssh.Channel, line string, env []string) {
	s.commands.Add(1)
	service, quoted, _ := strings.Cut(line, " ")
	dir := filepath.Join(s.root, filepath.FromSlash(strings.Trim(strings.ReplaceAll(quoted, `'\''`, `'`), "'")))
	s.mu.Lock()
	around := s.around
	s.mu.Unlock()
	var answer io.Writer = channel
	if around != nil {
		answer = around(service, channel)
	}
	cmd := exec.Command("git", strings.TrimPrefix(service, "git-"), dir)
	cmd.Env, cmd.Stderr = env, channel.Stderr()
	status := uint32(1)
	defer func() {
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	}()
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return
	}
	if err := cmd.Start(); err != nil {
		return
	}
	go func() { _, _ = io.Copy(in, channel); _ = in.Close() }()
	if _, err := io.Copy(answer, out); err != nil {
		if around != nil {
			_ = conn.Close()
		}
		_ = out.Close()
		_ = cmd.Process.Kill() // git may wait for ever for a hook whose words nobody reads
	}
	_ = cmd.Wait()
	status = uint32(max(cmd.ProcessState.ExitCode(), 0))
	if !cmd.ProcessState.Exited() {
		status = 137
	}
}

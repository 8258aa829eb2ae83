package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshTransport runs git's services on the server through SSH (gitprotocol-pack(5), "SSH Transport"). One connection
// carries all exchanges. A service that has introduced itself is kept for the request that follows, and a connection
// nobody has used for a while is closed.
type sshTransport struct {
	at    sshAddress
	login SSH
	times sshTimes

	mu     sync.Mutex
	client *ssh.Client
	kept   map[string]*sshSession // by service: it has introduced itself and waits for its command
	closer *time.Timer            // closes an unused connection
}

// sshTimes are how long an SSH transport waits.
type sshTimes struct {
	open  time.Duration // for the connection, and for the server to know us
	idle  time.Duration // for a byte in either direction, while an exchange is under way
	alive time.Duration // between two signs of life
	keep  time.Duration // before an unused connection is closed
}

func dialSSH(remote string, login *SSH) (*sshTransport, error) {
	at, err := parseSSH(remote)
	if err != nil {
		return nil, fmt.Errorf("dial %w", err)
	}
	t := &sshTransport{
		at: at, kept: map[string]*sshSession{},
		times: sshTimes{open: 30 * time.Second, idle: 2 * time.Minute, alive: 30 * time.Second, keep: 90 * time.Second},
	}
	if login != nil {
		t.login = *login
	}
	if t.login.Through != "" {
		return nil, fmt.Errorf("dial %s: the ssh configuration goes there by %s, and belay reaches servers directly only: use an https address, or run belay where the server can be reached", at, t.login.Through)
	}
	return t, nil
}

// errStalled is why an exchange in which nothing moved was given up.
var errStalled = errors.New("nothing moved on the connection for too long")

func (t *sshTransport) get(ctx context.Context, service string) (io.ReadCloser, error) {
	if old := t.take(service); old != nil {
		old.end()
	}
	s, err := t.open(ctx, service)
	if err != nil {
		return nil, err
	}
	hello := t.answer(ctx, s)
	hello.first = true
	return hello, nil
}

func (t *sshTransport) post(ctx context.Context, service string, body io.Reader, _ int64) (io.ReadCloser, error) {
	s, err := t.ready(ctx, service)
	if err != nil {
		return nil, err
	}
	answer, err := t.send(ctx, s, body)
	if err != nil {
		return nil, err
	}
	return answer, nil // a nil *sshAnswer would be none
}

// ready returns a service that waits for a command: a kept one, or a new one that has introduced itself. No service
// gets a second command: what git remembers of the refs is as old as its process, and would show a branch where it was.
func (t *sshTransport) ready(ctx context.Context, service string) (*sshSession, error) {
	if s := t.take(service); s != nil {
		return s, nil
	}
	s, err := t.open(ctx, service)
	if err != nil {
		return nil, err
	}
	hello := t.answer(ctx, s)
	if _, err := io.Copy(io.Discard, hello); err != nil {
		_ = hello.Close()
		return nil, err
	}
	hello.watch.stop()
	return s, nil
}

// send writes a request. Where the server no longer listens, what it has to say is still worth reading.
func (t *sshTransport) send(ctx context.Context, s *sshSession, body io.Reader) (*sshAnswer, error) {
	answer := t.answer(ctx, s)
	source := &sourceErr{r: body}
	_, err := io.Copy(progress{s.in, answer.watch}, source)
	if source.err != nil {
		s.end()
		_ = answer.Close()
		return nil, source.err
	}
	answer.unsent = err
	return answer, nil
}

// sourceErr remembers why reading failed, so that it can be told from a failing writer.
type sourceErr struct {
	r   io.Reader
	err error
}

func (s *sourceErr) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// take returns the kept session of a service, nil for none that is alive. It is the caller's then.
func (t *sshTransport) take(service string) *sshSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.kept[service]
	delete(t.kept, service)
	if s != nil && s.over() {
		s.end()
		return nil
	}
	return s
}

// done lets go of an exchange. A service that has but introduced itself is kept for its command.
func (t *sshTransport) done(s *sshSession, waits bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if waits {
		t.kept[s.service] = s
	} else {
		s.end()
	}
	if t.closer != nil {
		t.closer.Reset(t.times.keep)
	}
}

// close ends the connection and all that goes over it.
func (t *sshTransport) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil {
		_ = t.client.Close() // nothing is under way that could be lost
	}
	t.client, t.kept = nil, map[string]*sshSession{}
}

// connected returns the connection, making it where there is none.
func (t *sshTransport) connected(ctx context.Context) (*ssh.Client, error) {
	t.mu.Lock()
	client := t.client
	if t.closer != nil {
		t.closer.Stop()
	}
	t.mu.Unlock()
	if client != nil {
		return client, nil
	}
	client, err := t.login.connect(ctx, t.at, t.times.open)
	if err != nil {
		return nil, err
	}
	go stayAlive(client, t.times)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.client, t.closer = client, time.AfterFunc(t.times.keep, t.close)
	t.closer.Stop()
	return client, nil
}

// open starts a service. A connection that has died meanwhile is made anew, once.
func (t *sshTransport) open(ctx context.Context, service string) (*sshSession, error) {
	t.mu.Lock()
	old := t.client != nil
	t.mu.Unlock()
	client, err := t.connected(ctx)
	if err != nil {
		return nil, err
	}
	s, err := startSession(ctx, client, t.at, service, t.times)
	if err != nil && old && ctx.Err() == nil {
		t.close()
		if client, err = t.connected(ctx); err == nil {
			s, err = startSession(ctx, client, t.at, service, t.times)
		}
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return s, nil
}

// stayAlive asks the server for signs of life, so that nothing on the way forgets the connection and a dead one is
// noticed. It ends with the connection.
func stayAlive(client *ssh.Client, times sshTimes) {
	gone := make(chan struct{})
	go func() { _ = client.Wait(); close(gone) }()
	for {
		select {
		case <-gone:
			return
		case <-time.After(times.alive):
		}
		late := time.AfterFunc(times.idle, func() { _ = client.Close() })
		_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
		late.Stop()
		if err != nil {
			_ = client.Close()
			return
		}
	}
}

// sshSession is a service running on the server.
type sshSession struct {
	service string
	client  *ssh.Client
	session *ssh.Session
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  output
	done    chan struct{} // closed when the service has ended
	ended   error         // how it ended, to be read when done is closed
}

func startSession(ctx context.Context, client *ssh.Client, at sshAddress, service string, times sshTimes) (*sshSession, error) {
	watch := newWatch(ctx, times.idle, client)
	defer watch.stop()
	session, err := client.NewSession()
	if err != nil {
		return nil, watch.cause(fmt.Errorf("open an ssh session: %w", err))
	}
	s := &sshSession{service: service, client: client, session: session, done: make(chan struct{})}
	session.Stderr = &s.stderr
	if s.in, err = session.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if service == uploadPack {
		// No answer is asked for: a server that does not take the variable speaks protocol v0, and that shows.
		value := struct{ Name, Value string }{"GIT_PROTOCOL", "version=2"}
		if _, err := session.SendRequest("env", false, ssh.Marshal(value)); err != nil {
			return nil, watch.cause(err)
		}
	}
	if err := session.Start(at.command(service)); err != nil {
		_ = session.Close()
		return nil, watch.cause(fmt.Errorf("run %s on the server: %w", service, err))
	}
	go func() { s.ended = session.Wait(); close(s.done) }()
	return s, nil
}

// over reports whether the service has ended.
func (s *sshSession) over() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// end lets the service go.
func (s *sshSession) end() {
	_ = s.in.Close()
	_ = s.session.Close() // says io.EOF where it has ended by itself
}

// watch ends a connection when its context does, or when nothing moves.
type watch struct {
	idle  time.Duration
	timer *time.Timer
	undo  func() bool

	mu  sync.Mutex
	why error
}

func newWatch(ctx context.Context, idle time.Duration, conn io.Closer) *watch {
	w := &watch{idle: idle}
	end := func(err error) {
		w.mu.Lock()
		if w.why == nil {
			w.why = err
		}
		w.mu.Unlock()
		_ = conn.Close()
	}
	w.timer = time.AfterFunc(idle, func() { end(errStalled) })
	w.undo = context.AfterFunc(ctx, func() { end(ctx.Err()) })
	return w
}

// moved says that something moved.
func (w *watch) moved() { w.timer.Reset(w.idle) }

func (w *watch) stop() { w.timer.Stop(); w.undo() }

// cause is why the connection ended, where that was this watch; else err.
func (w *watch) cause(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why != nil && err != nil {
		return w.why
	}
	return err
}

// progress tells a watch of what is written.
type progress struct {
	io.Writer
	watch *watch
}

func (p progress) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	p.watch.moved()
	return n, p.watch.cause(err)
}

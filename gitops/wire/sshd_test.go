package wire

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"github.com/belay-ci/belay/internal/gittest"
)

// sshd starts OpenSSH's own server, where it is installed.
func sshd(t *testing.T) (url string, login *SSH) {
	t.Helper()
	program := "/usr/sbin/sshd" // it wants to be called by its full path
	for _, name := range []string{program, "/usr/bin/ssh-keygen"} {
		if !gittest.Exists(name) {
			t.Skip("OpenSSH's server is not installed")
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"host", "key"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	port := freePort(t)
	gittest.Write(t, dir, map[string]string{"config": fmt.Sprintf(`
ListenAddress 127.0.0.1:%d
HostKey %s/host
AuthorizedKeysFile %s/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AcceptEnv GIT_PROTOCOL
`, port, dir, dir)})
	cmd := exec.Command(program, "-D", "-e", "-f", filepath.Join(dir, "config"))
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("sshd: %s", text)
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for range 500 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return "ssh://" + me.Username + "@" + address, &SSH{
		Keys:     []SSHKey{{Name: "test", PEM: read("key")}},
		HostKeys: fmt.Sprintf("[127.0.0.1]:%d %s", port, read("host.pub")),
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

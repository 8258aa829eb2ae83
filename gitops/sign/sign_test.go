package sign

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool skips the test where a program is missing.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not installed")
	}
}

// command runs a program without this machine's configuration and returns what it printed.
func command(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GNUPGHOME=" + dir, "LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// gpgHome is a folder for gpg, in a short path: its sockets lie there. The agent is stopped with the test.
func gpgHome(t *testing.T) string {
	t.Helper()
	tool(t, "gpg")
	dir, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "all")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GNUPGHOME=" + dir}
		_ = cmd.Run()
		os.RemoveAll(dir)
	})
	return dir
}

// gpgSecret makes an OpenPGP key with gpg and returns it.
func gpgSecret(t *testing.T, home, algorithm, passphrase string) string {
	t.Helper()
	command(t, home, "", "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--quick-gen-key", "Bot <bot@example.invalid>", algorithm, "sign", "never")
	return command(t, home, "", "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--armor", "--export-secret-keys")
}

// sshSecret makes an SSH key with ssh-keygen and returns the file it is in.
func sshSecret(t *testing.T, kind, passphrase string) string {
	t.Helper()
	tool(t, "ssh-keygen")
	file := filepath.Join(t.TempDir(), "key")
	command(t, filepath.Dir(file), "", "ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "bot", "-f", file)
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const payload = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\n\nhello\n"

func TestGPGVerifiesWhatAnOpenPGPKeySigned(t *testing.T) {
	for _, c := range []struct{ name, algorithm, passphrase string }{
		{"ed25519", "ed25519", ""}, {"rsa", "rsa2048", ""}, {"locked", "ed25519", "open sesame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := gpgHome(t)
			key, err := Read(gpgSecret(t, home, c.algorithm, c.passphrase), c.passphrase)
			if err != nil {
				t.Fatal(err)
			}
			if key.Format != GPG || key.Name != "Bot" || key.Email != "bot@example.invalid" {
				t.Errorf("read a %s key of %q <%s>", key.Format, key.Name, key.Email)
			}
			signature, err := key.Sign([]byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"text": payload, "sig": signature} {
				if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out := command(t, home, "", "gpg", "--status-fd", "1", "--verify", "sig", "text"); !strings.Contains(out, "[GNUPG:] GOODSIG") {
				t.Errorf("gpg does not find the signature good:\n%s", out)
			}
			theirs := command(t, home, payload, "gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", c.passphrase, "--armor", "--detach-sign")
			if !key.Made([]byte(payload), theirs) || !key.Made([]byte(payload), signature) {
				t.Error("the key does not know its own signature again")
			}
			if key.Made([]byte(payload+"!"), signature) {
				t.Error("the key takes a signature of another text for its own")
			}
		})
	}
}

func TestSSHKeygenVerifiesWhatAnSSHKeySigned(t *testing.T) {
	for _, c := range []struct{ name, kind, passphrase string }{
		{"ed25519", "ed25519", ""}, {"rsa", "rsa", ""}, {"ecdsa", "ecdsa", ""}, {"locked", "ed25519", "open sesame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := sshSecret(t, c.kind, c.passphrase)
			dir := filepath.Dir(file)
			key, err := Read(read(t, file), c.passphrase)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := key.Sign([]byte(payload))
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"sig": signature, "allowed": "bot@example.invalid " + read(t, file+".pub")} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out := command(t, dir, payload, "ssh-keygen", "-Y", "verify", "-n", "git", "-I", "bot@example.invalid", "-f", "allowed", "-s", "sig")
			if !strings.Contains(out, "Good \"git\" signature") {
				t.Errorf("ssh-keygen says: %s", out)
			}
			if !key.Made([]byte(payload), signature) {
				t.Error("the key does not know its own signature again")
			}
			if c.passphrase == "" {
				theirs := command(t, dir, payload, "ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", file)
				if !key.Made([]byte(payload), theirs) {
					t.Errorf("the key does not know what ssh-keygen signed with it:\n%s", theirs)
				}
			}
			if key.Made([]byte(payload+"!"), signature) {
				t.Error("the key takes a signature of another text for its own")
			}
		})
	}
}

func TestASignatureOfAnotherKeyIsAnothers(t *testing.T) {
	keys := map[string]Key{}
	for _, name := range []string{"own", "other"} {
		key, err := Read(read(t, sshSecret(t, "ed25519", "")), "")
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
	}
	signature, err := keys["other"].Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	const gitsign = "-----BEGIN SIGNED MESSAGE-----\nMIID\n-----END SIGNED MESSAGE-----\n"
	for _, s := range []string{signature, gitsign, "", "garbage", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----"} {
		if keys["own"].Made([]byte(payload), s) {
			t.Errorf("took %q for its own", s)
		}
	}
}

func TestAKeyThatCantBeUsedIsRefusedWithAReason(t *testing.T) {
	locked := read(t, sshSecret(t, "ed25519", "open sesame"))
	public := read(t, sshSecret(t, "ed25519", "")+".pub")
	for _, c := range []struct{ name, text, passphrase, want string }{
		{"locked, without the passphrase", locked, "", "give its passphrase"},
		{"locked, with a wrong passphrase", locked, "wrong", "give its passphrase"},
		{"an SSH public key", public, "", "the public key"},
		{"an OpenPGP public key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "", "the public key"},
		{"a path", "/home/bot/.ssh/id_ed25519", "", "neither"},
		{"nothing of the kind", "hunter2", "", "neither"},
		{"cut off", locked[:80], "", "read SSH key"},
		{"cut off in OpenPGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlIYE", "", "read OpenPGP key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.text, c.passphrase)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want it to say %q", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "b3BlbnNz") {
				t.Errorf("the error shows what it was given: %v", err)
			}
		})
	}
	if _, err := Read(locked, ""); !errors.Is(err, ErrPassphrase) {
		t.Errorf("got %v, want ErrPassphrase", err)
	}
}

func TestALockedOpenPGPKeyNeedsItsPassphrase(t *testing.T) {
	home := gpgHome(t)
	secret := gpgSecret(t, home, "ed25519", "open sesame")
	for _, passphrase := range []string{"", "wrong"} {
		if _, err := Read(secret, passphrase); !errors.Is(err, ErrPassphrase) {
			t.Errorf("with passphrase %q: %v", passphrase, err)
		}
	}
}

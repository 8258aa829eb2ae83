package wire

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/belay-ci/belay/internal/gittest"
	"github.com/google/go-cmp/cmp"
)

const sshForge = "git@forge.example:org/shop.git"

// atHome is checkout with nothing of the machine's ssh.
func atHome(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := checkout(t)
	for _, name := range []string{"SSH_AUTH_SOCK", "SSH_KNOWN_HOSTS", "GIT_SSH_COMMAND"} {
		t.Setenv(name, "")
	}
	t.Setenv("USER", "ada")
	gittest.Write(t, dir, files)
	return dir
}

func names(s *SSH) []string {
	var list []string
	for _, key := range s.Keys {
		list = append(list, filepath.Base(key.Name))
	}
	return list
}

func TestAGivenSSHKeyIsTheOnlyOne(t *testing.T) {
	dir := atHome(t, map[string]string{".ssh/id_ed25519": gittest.NewSSHKey(t, "")})
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	found := find(t, Lookup{URL: sshForge, Dir: dir, SSHKey: "PEM", SSHPassphrase: "p", HostKeys: " forge.example ssh-ed25519 AAAA\n"})
	if diff := cmp.Diff([]SSHKey{{Name: "given to belay", PEM: "PEM", Passphrase: "p"}}, found.SSH.Keys); diff != "" || found.SSH.Agent != "" || found.From != "ssh key" {
		t.Errorf("from %q, agent %q, keys (-want +got):\n%s", found.From, found.SSH.Agent, diff)
	}
	if found.SSH.HostKeys != "forge.example ssh-ed25519 AAAA" {
		t.Errorf("host keys %q", found.SSH.HostKeys)
	}
}

func TestTheKeyThatCheckoutLeftIsFound(t *testing.T) {
	key := gittest.NewSSHKey(t, "")
	dir := atHome(t, map[string]string{"temp/3b41": key, ".ssh/id_ed25519": gittest.NewSSHKey(t, "")})
	command := `"/usr/bin/ssh" -i "` + filepath.ToSlash(dir) + `/temp/3b41" -o StrictHostKeyChecking=yes -o CheckHostIP=no -o "UserKnownHostsFile=` + filepath.ToSlash(dir) + `/temp/known"`
	gittest.Git(t, dir, "config", "core.sshCommand", command)
	found := find(t, Lookup{URL: sshForge, Dir: dir})
	if found.From != "checkout" || len(found.SSH.Keys) != 1 || found.SSH.Keys[0].PEM != key || found.SSH.KnownHosts[0] != filepath.ToSlash(dir)+"/temp/known" {
		t.Errorf("from %q: %v, known hosts %v", found.From, found.SSH, found.SSH.KnownHosts)
	}
}

func TestTheUsersOwnSSHIsRead(t *testing.T) {
	dir := atHome(t, map[string]string{
		".ssh/id_rsa": gittest.NewSSHKey(t, ""), ".ssh/work": gittest.NewSSHKey(t, ""), ".ssh/id_ecdsa": "not a key",
		".ssh/config": "Host work\n  HostName git.forge.example\n  User deploy\n  Port 2222\n  IdentityFile ~/.ssh/work\nHost far\n  ProxyJump bastion\n",
	})
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	found := find(t, Lookup{URL: "work:shop.git", Dir: dir}).SSH
	if diff := cmp.Diff([]string{"work", "id_rsa"}, names(found)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if found.Agent != "/run/agent" || found.User != "deploy" || found.HostName != "git.forge.example" || found.Port != "2222" || found.Through != "" {
		t.Errorf("found %+v", *found)
	}
	at, _ := parseSSH("work:shop.git")
	if got := at.with(*found); got.endpoint() != "git.forge.example:2222" || got.user != "deploy" {
		t.Errorf("reached at %+v", got)
	}
	if found := find(t, Lookup{URL: "far:shop.git", Dir: dir}).SSH; found.Through != "ProxyJump bastion" || found.User != "ada" {
		t.Errorf("through %q as %q", found.Through, found.User)
	}
}

func TestAnSSHCommandIsReadAndNeverRun(t *testing.T) {
	dir := atHome(t, map[string]string{"key": gittest.NewSSHKey(t, "")})
	for command, through := range map[string]string{
		"ssh -J bastion":                     "ProxyJump bastion",
		"ssh -oProxyCommand='nc %h %p'":      "ProxyCommand nc %h %p",
		"touch " + dir + "/ran":              "",
		"sh -c 'touch " + dir + "/ran'; ssh": "",
		"ssh $(touch " + dir + "/ran)":       "",
	} {
		t.Setenv("GIT_SSH_COMMAND", command)
		if found := find(t, Lookup{URL: sshForge, Dir: dir}).SSH; found.Through != through {
			t.Errorf("%s: through %q, want %q", command, found.Through, through)
		}
	}
	if gittest.Exists(filepath.Join(dir, "ran")) {
		t.Error("a command was run")
	}
	t.Setenv("GIT_SSH_COMMAND", "ssh -i "+dir+"/key -p 2200 -l deploy")
	if found := find(t, Lookup{URL: sshForge, Dir: dir}).SSH; found.Port != "2200" || found.User != "deploy" || strings.Join(names(found), " ") != "key" {
		t.Errorf("found %+v", *found)
	}
}

func TestAnUnreadableSSHConfigurationIsNamed(t *testing.T) {
	dir := atHome(t, map[string]string{".ssh/config": "Match exec true\n  User x\n"})
	if found := find(t, Lookup{URL: sshForge, Dir: dir}).SSH; len(found.Unread) != 1 || !strings.Contains(found.Unread[0], "~/.ssh/config") {
		t.Errorf("unread %q", found.Unread)
	}
}

func TestShellWords(t *testing.T) {
	for text, want := range map[string][]string{
		`ssh -i "a b" 'c d'`: {"ssh", "-i", "a b", "c d"},
		`ssh  a\ b ""`:       {"ssh", "a b", ""},
		`'it'"'"'s'`:         {"it's"},
		``:                   nil,
	} {
		if diff := cmp.Diff(want, shellWords(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

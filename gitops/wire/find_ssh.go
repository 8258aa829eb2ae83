package wire

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kevinburke/ssh_config"
)

// findSSH gathers what the user's ssh would use for an address: the keys given to belay, or those the checkout left
// behind (its core.sshCommand names them), or the user's own and their agent's; and the known hosts. The user's ssh
// configuration is read for what names the server, and no command in it or in core.sshCommand is ever run.
func (l Lookup) findSSH(ctx context.Context) (SSH, string, error) {
	at, err := parseSSH(l.URL)
	if err != nil {
		return SSH{}, "nowhere", nil // Dial says what is wrong with an address
	}
	home, _ := os.UserHomeDir() // without one there are no files of the user's
	command, err := l.sshCommand(ctx)
	if err != nil {
		return SSH{}, "", err
	}
	s := SSH{HostKeys: strings.TrimSpace(l.HostKeys)}
	configured := s.configure(at.host, home, command)
	s.User = cmp.Or(command.user, configured.value("User"), os.Getenv("USER"), os.Getenv("USERNAME"), "git")
	s.HostName = configured.value("HostName")
	s.Port = cmp.Or(command.port, configured.value("Port"))
	for _, way := range []string{"ProxyJump", "ProxyCommand"} {
		if value := cmp.Or(command.options[strings.ToLower(way)], configured.value(way)); value != "" && !strings.EqualFold(value, "none") {
			s.Through = way + " " + value
		}
	}
	s.KnownHosts = knownHostsFiles(home, command, configured)
	from := s.keys(l, home, command, configured)
	return s, from, nil
}

// keys fills in the keys, and says where they are from.
func (s *SSH) keys(l Lookup, home string, command sshCommand, configured sshConfigured) string {
	if l.SSHKey != "" {
		s.Keys = []SSHKey{{Name: "given to belay", PEM: l.SSHKey, Passphrase: l.SSHPassphrase}}
		return "ssh key"
	}
	for _, file := range command.identities {
		s.readKey(expand(file, home), l.SSHPassphrase)
	}
	if len(s.Keys) > 0 {
		return "checkout"
	}
	s.Agent = os.Getenv("SSH_AUTH_SOCK")
	files := configured.values("IdentityFile")
	for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} { // ssh_config(5), IdentityFile
		files = append(files, "~/.ssh/"+name)
	}
	for _, file := range files {
		s.readKey(expand(file, home), l.SSHPassphrase)
	}
	switch {
	case s.Agent != "":
		return "ssh agent"
	case len(s.Keys) > 0:
		return "ssh key"
	}
	return "nowhere"
}

// readKey adds the key of a file, if it is there and is one.
func (s *SSH) readKey(file, passphrase string) {
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "PRIVATE KEY-----") {
		return
	}
	for _, known := range s.Keys {
		if known.Name == file {
			return
		}
	}
	s.Keys = append(s.Keys, SSHKey{Name: file, PEM: string(text), Passphrase: passphrase})
}

func knownHostsFiles(home string, command sshCommand, configured sshConfigured) []string {
	if files := os.Getenv("SSH_KNOWN_HOSTS"); files != "" {
		return filepath.SplitList(files)
	}
	var files []string
	for _, file := range strings.Fields(cmp.Or(command.options["userknownhostsfile"], configured.value("UserKnownHostsFile"), "~/.ssh/known_hosts ~/.ssh/known_hosts2")) {
		files = append(files, expand(file, home))
	}
	return append(files, "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
}

// expand puts the home folder in place of a tilde.
func expand(file, home string) string {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		return filepath.Join(home, rest)
	}
	return file
}

// sshConfigured is what the user's ssh configuration says of a host.
type sshConfigured struct {
	files []*ssh_config.Config
	host  string
}

// configure reads the ssh configuration. A file that can't be read is named where the connection fails.
func (s *SSH) configure(host, home string, command sshCommand) sshConfigured {
	c := sshConfigured{host: host}
	names := []string{"~/.ssh/config", "/etc/ssh/ssh_config"}
	if command.config != "" {
		names = []string{command.config}
	}
	for _, name := range names {
		file, err := os.Open(expand(name, home))
		if err != nil {
			continue
		}
		config, err := ssh_config.Decode(file)
		_ = file.Close()
		if err != nil {
			s.Unread = append(s.Unread, fmt.Sprintf("%s could not be read (%v)", name, err))
			continue
		}
		c.files = append(c.files, config)
	}
	return c
}

// value is the first value of a keyword: what comes first counts, ssh_config(5).
func (c sshConfigured) value(keyword string) string {
	for _, value := range c.values(keyword) {
		return value
	}
	return ""
}

func (c sshConfigured) values(keyword string) []string {
	var list []string
	for _, file := range c.files {
		values, err := file.GetAll(c.host, keyword)
		if err != nil {
			continue
		}
		for _, value := range values {
			if value = strings.Trim(value, `"`); value != "" {
				list = append(list, value)
			}
		}
	}
	return list
}

// sshCommand is what can be read of the command that git would reach the server with.
type sshCommand struct {
	identities         []string
	user, port, config string
	options            map[string]string // of -o, by name in lower case
}

// sshCommand reads the ssh command of the environment or of git's configuration, git-config(1), core.sshCommand. That is
// where actions/checkout leaves the names of the files with its key and the known hosts.
func (l Lookup) sshCommand(ctx context.Context) (sshCommand, error) {
	text := os.Getenv("GIT_SSH_COMMAND")
	if text == "" {
		var err error
		if text, err = l.git(ctx, "", "-c", "safe.directory=*", "config", "core.sshCommand"); err != nil {
			return sshCommand{}, err
		}
	}
	return parseSSHCommand(text), nil
}

func parseSSHCommand(text string) sshCommand {
	words := shellWords(text)
	c := sshCommand{options: map[string]string{}}
	if len(words) == 0 {
		return c
	}
	if name := strings.TrimSuffix(filepath.Base(filepath.ToSlash(words[0])), ".exe"); name != "ssh" {
		return c
	}
	for i := 1; i < len(words); i++ {
		flag, value := words[i], ""
		if len(flag) < 2 || flag[0] != '-' || !strings.Contains("ioplFJ", flag[1:2]) {
			continue
		}
		if value = flag[2:]; value == "" && i+1 < len(words) {
			i++
			value = words[i]
		}
		switch flag[1] {
		case 'i':
			c.identities = append(c.identities, value)
		case 'p':
			c.port = value
		case 'l':
			c.user = value
		case 'F':
			c.config = value
		case 'J':
			c.options["proxyjump"] = value
		case 'o':
			c.option(value)
		}
	}
	return c
}

// option takes an option as ssh_config(5) has it: "Name=value" or "Name value".
func (c *sshCommand) option(text string) {
	at := strings.IndexAny(text, "= \t")
	if at < 0 {
		return
	}
	name, value := strings.ToLower(text[:at]), strings.Trim(text[at:], "= \t\"")
	if name == "identityfile" {
		c.identities = append(c.identities, value)
		return
	}
	if _, ok := c.options[name]; !ok {
		c.options[name] = value
	}
}

// shellWords splits a command into words, as a shell does that finds no more in it than quotes and backslashes.
func shellWords(text string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped, open := false, false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, open = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case strings.ContainsRune(" \t\r\n", r):
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words
}

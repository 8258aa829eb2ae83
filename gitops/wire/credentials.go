package wire

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"strings"
)

// Credentials let belay in. The zero value is none. Printed with package fmt, they show no secret.
type Credentials struct {
	Username, Password string
	Header             string // a ready Authorization header, "AUTHORIZATION: basic …"; goes before the other two
}

// String says what kind of credentials they are, and no more.
func (c Credentials) String() string {
	switch {
	case c == Credentials{}:
		return "no credentials"
	case c.Header != "":
		return "an authorization header"
	}
	return "a user name and password"
}

// GoString is String, so that %#v shows no secret either.
func (c Credentials) GoString() string { return c.String() }

// Secrets lists what must not be shown of the credentials: the password or token as it is, and as it travels.
func (c Credentials) Secrets() []string {
	var list []string
	if c.Password != "" {
		list = append(list, c.Password, c.Username+":"+c.Password)
	}
	words := strings.Fields(c.Header)
	if len(words) == 0 {
		return list
	}
	list = append(list, words[len(words)-1])
	if password := inHeader(words); password != "" {
		list = append(list, password)
	}
	return list
}

// Token is the password or token, also of a header in which it travels; empty where there is none, or it can't be told.
func (c Credentials) Token() string {
	return cmp.Or(inHeader(strings.Fields(c.Header)), c.Password)
}

// inHeader is the password in the last word of a header of Basic authentication (RFC 7617).
func inHeader(words []string) string {
	if len(words) == 0 {
		return ""
	}
	login, err := base64.StdEncoding.DecodeString(words[len(words)-1])
	if err != nil {
		return ""
	}
	_, password, _ := strings.Cut(string(login), ":")
	return password
}

// authorization is the value of the Authorization header, empty for none.
func (c Credentials) authorization() string {
	switch {
	case c == Credentials{}:
		return ""
	case c.Header == "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	}
	value, _ := authorizationValue(c.Header)
	return value
}

// authorizationValue takes the name off an Authorization header, and reports whether it was one.
func authorizationValue(header string) (string, bool) {
	name, value, ok := strings.Cut(header, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "Authorization") {
		return strings.TrimSpace(header), false
	}
	return strings.TrimSpace(value), true
}

func userinfo(u *url.URL) Credentials {
	password, _ := u.User.Password()
	return Credentials{Username: u.User.Username(), Password: password}
}

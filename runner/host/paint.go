package host

// paint colours text with ECMA-48 SGR sequences. The zero value leaves it as it is.
type paint struct{ on bool }

func (p paint) red(s string) string    { return p.wrap("31;1", s) }
func (p paint) green(s string) string  { return p.wrap("32;1", s) }
func (p paint) yellow(s string) string { return p.wrap("33;1", s) }
func (p paint) bold(s string) string   { return p.wrap("1", s) }
func (p paint) dim(s string) string    { return p.wrap("2", s) }
func (p paint) link(s string) string   { return p.wrap("36;4", s) }

func (p paint) wrap(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func plain(s string) string { return s }

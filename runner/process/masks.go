package process

import (
	"slices"
	"sort"
	"strings"
	"sync"
)

// minSecret is the length below which masking would garble ordinary text more than it hides.
const minSecret = 4

// maskText stands where a secret was.
const maskText = "***"

// Masks is the set of secrets that must not appear in output. The zero value is empty and ready; it may be
// used and added to by many goroutines at once.
type Masks struct {
	mu    sync.RWMutex
	forms []string     // every form of every secret, sorted, each once
	told  []string     // what steps asked to hide
	pairs [1024]uint64 // a bit for each two bytes some form begins with
}

// Add makes secret a secret from now on, as a whole and, when it has several lines, each line by itself, in
// every encoding the package knows. Lines lose the white space around them. It returns false, and adds nothing,
// for fewer than 4 bytes besides white space; such lines of a longer secret are hidden only within the whole.
func (m *Masks) Add(secret string) bool {
	if len(strings.TrimSpace(secret)) < minSecret {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(secret)
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= minSecret {
			m.add(line)
		}
	}
	return true
}

// tell makes a secret of what a step asked to hide.
func (m *Masks) tell(secret string) {
	if m.Add(secret) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.told = append(m.told, secret)
	}
}

// Told returns what steps asked to hide so far, for whoever goes on with the run later. It holds none of belay's own
// secrets.
func (m *Masks) Told() []string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.told)
}

// Tell is Add for what steps of an earlier process asked to hide.
func (m *Masks) Tell(secrets []string) {
	for _, secret := range secrets {
		m.tell(secret)
	}
}

func (m *Masks) add(secret string) {
	for _, encoding := range encodings() {
		for _, form := range encoding.forms(secret) {
			if i, known := slices.BinarySearch(m.forms, form); !known {
				m.forms = slices.Insert(m.forms, i, form)
				pair := uint(form[0])<<8 | uint(form[1])
				m.pairs[pair/64] |= 1 << (pair % 64)
			}
		}
	}
}

// String returns s with every secret replaced by ***. Secrets that overlap are replaced by one.
func (m *Masks) String(s string) string {
	out, _, _ := m.mask(nil, []byte(s), 0, true)
	return string(out)
}

// mask appends to out the masked text of in, up to where a secret may have begun whose end is not in yet, and
// returns that place. Of what is left the first covered bytes belong to a secret whose *** is out already;
// they come back as an argument with the next call. At the end of the text nothing is left.
func (m *Masks) mask(out, in []byte, covered int, end bool) ([]byte, int, int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	at, plain := 0, covered // in[plain:at] is text to be copied
	for at < len(in) {
		if at+1 < len(in) && !m.begins(in[at], in[at+1]) {
			at++
			continue
		}
		n, open := m.match(in[at:])
		if n > 0 {
			if at >= covered {
				out = append(out, in[plain:at]...)
				out = append(out, maskText...)
			}
			covered = max(covered, at+n)
			plain = covered
		}
		if open && !end {
			break
		}
		at++
	}
	if plain < at {
		out = append(out, in[plain:at]...)
	}
	return out, at, max(0, covered-at)
}

// begins is the quick answer for the many places where no secret begins.
func (m *Masks) begins(a, b byte) bool {
	pair := uint(a)<<8 | uint(b)
	return m.pairs[pair/64]&(1<<(pair%64)) != 0
}

// match returns the length of the longest form that text begins with, and whether text is so short that a
// longer form could still follow. It walks the sorted forms like a tree, without building one.
func (m *Masks) match(text []byte) (longest int, open bool) {
	forms := m.forms
	for depth := 0; len(forms) > 0; depth++ {
		if len(forms[0]) == depth {
			longest = depth
			forms = forms[1:]
			if len(forms) == 0 {
				break
			}
		}
		if depth == len(text) {
			return longest, true
		}
		c := text[depth]
		forms = forms[sort.Search(len(forms), func(i int) bool { return forms[i][depth] >= c }):]
		forms = forms[:sort.Search(len(forms), func(i int) bool { return forms[i][depth] > c })]
	}
	return longest, false
}

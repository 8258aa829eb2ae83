package main

import (
	"github.com/belay-ci/belay/gitops"
	"github.com/belay-ci/belay/gitops/sign"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/host"
)

// signing is who signs what belay makes: a key, or GitHub. Without either nothing is signed.
type signing struct {
	by  gitops.Signer
	who gitops.Person // whom the key says it belongs to; zero where it says nothing

	viaAPI  bool   // GitHub makes the commits, and signs them
	forge   string // the forge that was asked for; empty: by the host and the remote
	perhaps bool   // there may be nothing to sign: that GitHub can't be asked is told when there is
}

// signingKey reads the key that was given to belay, if the policy's `land.sign` wants one. A key that is missing, of the
// other kind, or can't be read, is bad input: it has to be known before anything lands.
func signingKey(given host.SigningKey, land policy.Land) (signing, error) {
	wanted := land.Sign
	switch {
	case land.Via == policy.ByAPI && wanted == "" && given.Text != "":
		return signing{}, badInput("the policy says `land: { via: api }`, where GitHub signs the commits, and a signing key was given too: say `sign: none` beside it, or take the key away")
	case land.Via == policy.ByAPI:
		return signing{viaAPI: true}, nil
	case wanted == "none" || wanted == "" && given.Text == "":
		return signing{}, nil
	case given.Text == "":
		return signing{}, badInput("the policy says `land: { sign: %s }`, and no key was given: put the private key's text into BELAY_SIGNING_KEY, or the action's input signing_key", wanted)
	}
	key, err := sign.Read(given.Text, given.Passphrase)
	switch {
	case err != nil:
		return signing{}, badInput("%w", err)
	case wanted != "" && string(key.Format) != wanted:
		return signing{}, badInput("the policy says `land: { sign: %s }`, and the key that was given is of the kind %s", wanted, key.Format)
	}
	s := signing{by: key}
	if key.Email != "" {
		s.who = gitops.Person{Name: key.Name, Email: key.Email}
		if s.who.Name == "" {
			s.who.Name = key.Email
		}
	}
	return s, nil
}

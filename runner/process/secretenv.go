package process

// secretNames are the names under which CI jobs hand secrets to their steps. Which variables hold one only the CI host
// knows, and it hides them in its log alone.
func secretNames() []string {
	return []string{
		"*TOKEN", "*SECRET", "*SECRET_KEY", "*PASSWORD", "*PASSWD", "*PASSPHRASE",
		"*API_KEY", "*APIKEY", "*ACCESS_KEY", "*PRIVATE_KEY", "*DEPLOY_KEY", "*SIGNING_KEY", "*_PAT",
	}
}

// SecretEnv returns masks for the values of variables whose names say that they are secret. It is meant for text that
// leaves the job, a pull request say: in a log, hiding every "postgres" because of a POSTGRES_PASSWORD would do harm.
func SecretEnv(environ ...string) *Masks {
	m := &Masks{}
	for _, entry := range environ {
		if name := envName(entry); name != "" && matchesAny(secretNames(), name) {
			m.Add(entry[len(name)+1:])
		}
	}
	return m
}

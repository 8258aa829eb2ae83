package forge

// ByAddress tells which forge a remote belongs to from its address alone: its name, "local" for a path or this machine,
// and empty where the address tells nothing.
func ByAddress(remote string) string { return byAddress(remote) }

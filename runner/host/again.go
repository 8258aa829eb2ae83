package host

// Again is what a host has to be asked for to get a run just like this one. The zero value is that of a host that
// can't be asked.
type Again struct {
	Run      string            // this run, where the host knows what it was given
	Workflow string            // the file in .github/workflows, on GitHub
	Ref      string            // the branch or tag
	Inputs   map[string]string // what this run was given, where the host does not know
	Lineage  string            // the input or variable in which the new run finds its lineage
	Refused  string            // why no run would be just like this one, as a clause; empty when one would
}

// lineage is what an earlier run handed to this one through the job's own settings.
func lineage(getenv func(string) string) string {
	return first(getenv, "INPUT_LINEAGE", lineageVariable)
}

const lineageVariable = "BELAY_LINEAGE"

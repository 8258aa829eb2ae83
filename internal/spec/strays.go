package spec

import (
	"strings"

	"github.com/belay-ci/belay/internal/source"
)

// stray is a row of keys that people bring along: from GitHub's workflows, GitLab's jobs, Kargo's promotions, Argo's
// and Amazon's state machines, or from another place of belay's own files.
type stray struct {
	in   string // the mapping, as diagnostics name it
	keys string // separated by spaces, without the - and _ in them
	ours string // the key of the mapping that does what they do; empty when none does
	says string // what to do, where ours does not say it all
}

// strays lists them. A key is looked up without regard to case, - and _: timeout-minutes, timeout_minutes and
// timeoutMinutes are one.
func strays() []stray {
	const (
		inPolicy   = "it belongs to the policy file"
		inSteps    = "it belongs to the steps file"
		inStep     = "it belongs to a step"
		inMatch    = "it belongs to `match`"
		inWorkflow = "it belongs to the CI host's own file; belay runs inside of one job"
		inOrder    = "steps run one after another, in the order of the file"
		ownRoute   = "write it as a route of its own, below"
		onError    = "what to do about a failure stands in `on-error`, as in `on-error: [{ retry: { max: 3 } }]`"
	)
	return []stray{
		{in: "a steps file", keys: "jobs script pipeline tasks", ours: "steps"},
		{in: "a steps file", keys: "stages", says: inOrder + "; write them all under `steps`"},
		{in: "a steps file", keys: "variables vars", ours: "env"},
		{in: "a steps file", keys: "parameters params", ours: "inputs"},
		{in: "a steps file", keys: "afterscript post always onexit cleanup ensure", ours: "finally"},
		{in: "a steps file", keys: "runname displayname title description", ours: "name"},
		{in: "a steps file", keys: "on concurrency permissions runson strategy matrix container services image agent triggers cache rules workflow", says: inWorkflow},
		{in: "a steps file", keys: "include extends", says: "a step runs another file, as in `uses: ./other.yml`"},
		{in: "a steps file", keys: "shell workingdirectory timeout", says: "it belongs to a step, or to `defaults` for all of them"},
		{in: "a steps file", keys: "run uses with if continueonerror foreach id", says: inStep + ", as in `steps: [{ run: make }]`"},
		{in: "a steps file", keys: "retry restart rerun onerror onfailure", says: "what to do about a failure stands in the policy file's `routes`, or in a step's `on-error`"},
		{in: "a steps file", keys: "routes limits classify land rollback tests", says: inPolicy},
		{in: "a steps file", keys: "policy", says: "the policy is a file of its own; name it with --policy, or with the action's input"},
		{in: "a steps file", keys: "secrets", says: "belay reads no secrets; they reach a step through its environment"},

		{in: "a step", keys: "script command commands cmd exec bash sh", ours: "run"},
		{in: "a step", keys: "timeoutminutes timeoutinminutes timeoutseconds activedeadlineseconds", ours: "timeout"},
		{in: "a step", keys: "allowfailure ignoreerrors softfail continueonfailure continueon failfastoff", ours: "continue-on-error"},
		{in: "a step", keys: "variables vars", ours: "env"},
		{in: "a step", keys: "environment", ours: "env", says: "variables stand in `env`; the environment of a deployment belongs to the CI host's own file"},
		{in: "a step", keys: "config arguments args inputs parameters params settings", ours: "with"},
		{in: "a step", keys: "as key", ours: "id"},
		{in: "a step", keys: "label displayname title description", ours: "name"},
		{in: "a step", keys: "when only except rules condition unless", ours: "if", says: "write a condition, as in `if: git.branch == 'main'` or `if: always()`"},
		{in: "a step", keys: "cwd dir directory workdir workingdir path", ours: "working-directory"},
		{in: "a step", keys: "strategy matrix parallel withitems withparam loop each items", ours: "for-each"},
		{in: "a step", keys: "task plugin action template", ours: "uses"},
		{in: "a step", keys: "needs dependson depends dependencies runafter stage next end", says: inOrder},
		{in: "a step", keys: "runson container image services permissions tags agent cache artifacts concurrency", says: inWorkflow},
		{in: "a step", keys: "retry retries restart rerun fail rollback to continue match catch rescue onfailure until delay retrystrategy maxretries retrycountontaskfailure", says: onError},
		{in: "a step", keys: "steps", says: "a list of steps is a file of its own, which a step runs as in `uses: ./other.yml`"},
		{in: "a step", keys: "finally afterscript always", says: "what runs in the end stands in the file's `finally`"},
		{in: "a step", keys: "beforescript", says: "write a step of its own, above"},
		{in: "a step", keys: "outputs register", says: "a step leaves outputs by writing name=value lines to the file $BELAY_OUTPUT"},
		{in: "a step", keys: "secrets", says: "belay reads no secrets; they reach a step through its environment"},

		{in: "defaults", keys: "run", says: "write `shell` and `working-directory` right into `defaults`"},
		{in: "defaults", keys: "env", says: "the environment of every step is the file's own `env`"},
		{in: "defaults", keys: "onerror retry", says: "what holds for every step stands in the policy file's `routes`"},
		{in: "an input", keys: "type options", says: "every input is text"},
		{in: "an input", keys: "value", ours: "default"},

		{in: "a policy file", keys: "steps inputs env defaults finally name stage outputs", says: inSteps},
		{in: "a policy file", keys: "onerror onfailure rules catch policies", ours: "routes"},
		{in: "a policy file", keys: "retry restart rerun fail run to continue", says: "an action stands in a route, as in `routes: [{ retry: { max: 3 } }]`"},
		{in: "a policy file", keys: "deadline reserve executions retries", says: "it belongs to `limits`"},
		{in: "a policy file", keys: "timeout", says: "the time for the whole run is `limits: { deadline: 50m }`"},
		{in: "a policy file", keys: "kinds errors", ours: "classify"},
		{in: "a policy file", keys: "extends preset presets base", says: "a preset is named in place of the file; `belay policy show NAME` prints one to begin with"},

		{in: "a route", keys: "when on kind kinds error errors errorequals exitcode exitcodes signal stderr stdout hint if", says: "the failures a route is for stand in `match`, as in `match: { kind: network, exit-code: 75 }`"},
		{in: "a route", keys: "max attempts limit retries backoff initial delay errorthreshold", says: "it belongs to the action, as in `retry: { max: 3 }`"},
		{in: "a route", keys: "workspace clean reset keep", says: "which files are found is said in the action, as in `retry: { workspace: clean }`"},
		{in: "a route", keys: "goto next jump", ours: "to"},
		{in: "a route", keys: "revert undo", ours: "rollback"},
		{in: "a route", keys: "ignore pass continueonerror allowfailure", ours: "continue"},
		{in: "a route", keys: "abort stop exit", ours: "fail"},
		{in: "a route", keys: "steps script uses", ours: "run"},
		{in: "a route", keys: "then else", says: "after an action that is used up the routes below are tried; " + ownRoute},
		{in: "a route", keys: "action actions do", says: "the action is the key itself, as in `retry: { max: 3 }`"},
		{in: "a route", keys: "name id description", says: "a route has no name; write a comment"},

		{in: "`retry`", keys: "errorthreshold attempts maxattempts limit count times retries maxretries", ours: "max", says: "write `max`, which counts re-runs: 3 means 4 executions"},
		{in: "`retry`", keys: "delay interval intervalseconds wait waitseconds retrywaitseconds base initialdelay sleep duration", ours: "initial"},
		{in: "`retry`", keys: "multiplier backoffrate rate exponent", ours: "factor"},
		{in: "`retry`", keys: "cap maxinterval maxdelayseconds maxwait maxbackoff", ours: "max-delay"},
		{in: "`retry`", keys: "timeout timeoutminutes timeoutseconds totaltimeout maxduration maxtime deadline", ours: "max-elapsed", says: "how long all of it may take is `max-elapsed`; one execution has the step's `timeout`"},
		{in: "`retry`", keys: "clean cleanup reset keep files checkout workdir", ours: "workspace", says: "which files the re-run finds is `workspace: keep`, `clean` or `reset`"},
		{in: "`retry`", keys: "strategy type policy", ours: "backoff"},
		{in: "`retry`", keys: "jitterstrategy jitterfactor randomize", ours: "jitter"},
		{in: "`retry`", keys: "when on match kind exitcode exitcodes if errorequals", says: "the failures a route is for stand in its `match`, beside `retry`"},
		{in: "`retry`", keys: "from", says: "a retry runs the failed step; to begin at another one is `restart`"},
		{in: "`retry`", keys: "then to rollback restart fail continue", says: ownRoute},
		{in: "`restart`", keys: "to at step start", ours: "from"},
		{in: "`restart`", keys: "clean cleanup reset keep files checkout workdir", ours: "workspace", says: "which files the steps find is `workspace: keep`, `clean` or `reset`"},
		{in: "`restart`", keys: "attempts limit count times", ours: "max"},
		{in: "`restart`", keys: "initial backoff delay maxdelay jitter", says: "a restart waits for nothing; put a `retry` before it"},
		{in: "`rerun`", keys: "workspace", says: "a new run begins in a workspace of its own"},
		{in: "`rerun`", keys: "attempts limit count times", ours: "max"},
		{in: "`rerun`", keys: "inputs with", says: "a new run is given the inputs of this one"},
		{in: "`rollback`", keys: "to via labels draft automerge maxage max", says: "how it is done is said once, in `rollback` at the top of the policy file"},
		{in: "`run`", keys: "run script uses commands", ours: "steps", says: "write a list of steps, as in `steps: [{ run: ./undo.sh }]`"},
		{in: "`fail`", keys: "message exitcode code", says: "the run fails with what the step failed with"},

		{in: "`match`", keys: "code codes exit status", ours: "exit-code"},
		{in: "`match`", keys: "error errors type reason errorequals on when", ours: "kind"},
		{in: "`match`", keys: "message output log pattern regex contains", ours: "stderr"},
		{in: "`match`", keys: "step steps id", says: "a route for one step stands in that step's `on-error`"},
		{in: "`match`", keys: "attempt attempts", says: "write it as a condition, as in `if: attempt < 2`"},
		{in: "`match`", keys: "not except", says: "routes are tried from the top; give the exception a route of its own, above"},
		{in: "`match`", keys: "any all or and", says: "all keys of a match have to agree, and of a list one entry is enough; else write two routes"},
		{in: "`match` of `classify`", keys: "kind hint if", says: "a failure has none before it is classified; a route's `match` knows it"},
		{in: "a line of `classify`", keys: "exitcode signal stderr stdout when if", ours: "match", says: inMatch + ", as in `match: { exit-code: 75 }`"},
		{in: "a line of `classify`", keys: "as name type", ours: "kind"},
		{in: "a line of `classify`", keys: "retry restart rerun rollback fail run to continue", says: "a line of `classify` only names a kind; what to do about it stands in `routes`"},

		{in: "`limits`", keys: "timeout totaltimeout maxduration", ours: "deadline"},
		{in: "`limits`", keys: "maxretries attempts", ours: "retries"},
		{in: "`limits`", keys: "maxexecutions steps", ours: "executions"},
		{in: "`limits`", keys: "restarts reruns", says: "each route has its own, as in `restart: { max: 3 }`"},
		{in: "`land`", keys: "retries attempts maxattempts maxretries", ours: "max"},
		{in: "`land`", keys: "timeout", ours: "deadline"},
		{in: "`land`", keys: "branch paths message author", says: "it belongs to the `with` of a land step, in the steps file"},
		{in: "`land`", keys: "backoff factor", says: "the waits double; `initial` and `max-delay` bound them"},
		{in: "`rollback`", keys: "enabled", says: "a route with `rollback: {}` says when; without one nothing is rolled back"},
		{in: "`with` of land", keys: "files filepattern add addpaths folder", ours: "paths"},
		{in: "`with` of land", keys: "commitmessage title", ours: "message"},
		{in: "`with` of land", keys: "ref target base", ours: "branch"},
		{in: "`with` of land", keys: "force forcepush pushoptions", says: "belay never overwrites what others pushed; it lands on top of it"},
	}
}

// strayKey says what to write instead of a key that a mapping does not have.
func strayKey(in, key string) source.Stray {
	key = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key))
	for _, s := range strays() {
		if s.in == in && strings.Contains(" "+s.keys+" ", " "+key+" ") {
			return source.Stray{Ours: s.ours, Says: s.says}
		}
	}
	return source.Stray{}
}

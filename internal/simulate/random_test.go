package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// draft is a steps file and a policy drawn at random, and how the executions of the steps end.
type draft struct {
	steps, policy string
	child         string   // the steps file that steps run, as ./child.yml
	fail          []string // as --fail has it
	host          string
	git           bool // it lands and restarts: a run needs a repository
}

func (d draft) String() string {
	return fmt.Sprintf("host %s, git %v\n-- steps --\n%s-- child.yml --\n%s-- policy --\n%s-- fail --\n%s\n", d.host, d.git, d.steps, d.child, d.policy, strings.Join(d.fail, "\n"))
}

// dice draws the parts of a draft.
type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }
func (d dice) chance(percent int) bool { return d.IntN(100) < percent }
func (d dice) some(n int, of ...string) string {
	picked := slices.Clone(of)
	d.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	return "[" + strings.Join(picked[:1+d.IntN(n)], ", ") + "]"
}

// draw draws a draft. Not every one is correct: a lint may refuse it.
func (d dice) draw(git bool) draft {
	out := draft{host: d.one("local", "github"), git: git}
	ids := []string{"a", "b", "c", "d", "e"}[:2+d.IntN(4)]
	var steps strings.Builder
	steps.WriteString("version: 1\nsteps:\n")
	land := 0
	if git {
		land = d.IntN(len(ids)) // not the first step, which would have nothing to land
	}
	for i, id := range ids {
		does := "script"
		switch {
		case i > 0 && i == land:
			does = "land"
		case !git && d.chance(12):
			does = "child"
		}
		steps.WriteString(d.step(id, ids, i, land, does, ""))
	}
	if d.chance(50) {
		steps.WriteString("finally:\n" + d.step("last", []string{"last"}, 0, 0, "script", ""))
	}
	out.steps, out.policy, out.child = steps.String(), d.policy(ids, git), d.childFile()
	for _, id := range append(ids, "last", "mend", "a-mend", "b-mend", "c-mend") {
		at := slices.Index(ids, id)
		names := []string{id}
		switch {
		case !strings.Contains(out.steps+out.policy, "id: "+id+"\n"):
			continue
		case strings.Contains(out.steps, "id: "+id+"\n    uses: ./child.yml"), strings.Contains(out.steps, "id: "+id+"\n    for-each") && strings.Contains(out.steps, "by: "+id+" }"):
			names = []string{id + "/p", id + "/q", id + "/r"}
			if !strings.Contains(out.child, "id: r\n") {
				names = names[:2]
			}
		case strings.Contains(out.steps, "id: "+id+"\n    for-each"):
			names = []string{id, id + "[x]"}
		}
		for _, name := range names {
			list := d.outcomes()
			for k := range list {
				if k > 0 && strings.Contains(out.steps, "\"$PROBE\" "+name+"\n") && d.chance(30) {
					list[k] = "probe:done"
				}
			}
			switch {
			case len(list) == 0, land > 0 && at >= 0 && at <= land && d.chance(70): // most landings should be reached, and land
				continue
			case land > 0 && at == land:
				list = slices.Repeat([]string{"git.rejected.hook"}, min(3, len(list)))
			}
			out.fail = append(out.fail, name+"="+strings.Join(list, ","))
		}
	}
	return out
}

// childFile draws a steps file that steps run. It is given the name of the step that runs it.
func (d dice) childFile() string {
	ids := []string{"p", "q"}
	text := "version: 1\ninputs: { at: {}, by: {} }\nsteps:\n"
	for i, id := range ids {
		text += d.step(id, ids, i, 0, "script", "${{ inputs.at }}")
	}
	if d.chance(50) {
		text += "finally:\n" + d.step("r", []string{"r"}, 0, 0, "script", "${{ inputs.at }}")
	}
	return text
}

// step draws a step that does what is said. Its script is told by which names --fail may know it: with its item and
// the names of the steps it is in, and without items. Whether there is something to land a simulation can't know: where one of the
// steps lands, those before it run, and a restart begins at one of them.
func (d dice) step(id string, ids []string, i, land int, does, within string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - id: %s\n", id)
	name, each := id, does != "land" && within == "" && d.chance(15)
	if each {
		items, item := "[x, y]", "item"
		if d.chance(30) {
			items, item = "{ x: 1, y: 2, z: 3 }", "item.key"
		}
		fmt.Fprintf(&b, "    for-each: %s\n    fail-fast: %t\n", items, d.chance(50))
		name += "[${{ " + item + " }}]"
	}
	switch {
	case does == "land":
		b.WriteString("    uses: land\n    with: { branch: main }\n")
	case does == "child":
		fmt.Fprintf(&b, "    uses: ./child.yml\n    with: { at: \"%s\", by: %s }\n", name, id)
	case within != "":
		fmt.Fprintf(&b, "    env: { NAME: \"%s_%s\", BY: \"${{ inputs.by }}_%s\" }\n    run: exec sh \"$PLAY\" \"$NAME\" \"$BY\"\n    shell: sh\n    timeout: 1m\n", within, id, id)
	default:
		fmt.Fprintf(&b, "    env: { NAME: \"%s\" }\n    run: exec sh \"$PLAY\" \"$NAME\" %s\n    shell: sh\n    timeout: 1m\n", name, id)
		if !each && d.chance(30) {
			fmt.Fprintf(&b, "    probe: exec sh \"$PROBE\" %s\n", id)
		}
	}
	if i > 0 && i >= land && d.chance(30) {
		fmt.Fprintf(&b, "    if: %s\n", d.one("always()", "failure()", "success()", "status('"+ids[0]+"') == 'failure'", "steps."+ids[0]+".outcome == 'success'", "run.restart == 0"))
	}
	if d.chance(20) {
		b.WriteString("    continue-on-error: true\n")
	}
	from := ids[:i+1]
	if land > 0 {
		from = ids[:min(i+1, land)]
	}
	if n := d.IntN(4); n > 0 {
		b.WriteString("    on-error:\n")
		for k := range n {
			b.WriteString(d.route("      ", id+"-mend", ids[i+1:], from, k == n-1))
		}
	}
	return b.String()
}

func (d dice) policy(ids []string, git bool) string {
	var b strings.Builder
	b.WriteString("version: 1\n")
	// The deadline is what an outcome that asks for two hours never fits.
	fmt.Fprintf(&b, "limits: { deadline: 1h, reserve: 1m, retries: %d, executions: %d }\n", d.IntN(8), d.IntN(2)*(3+d.IntN(12)))
	if d.chance(50) {
		fmt.Fprintf(&b, "classify:\n  - match: { %s }\n    kind: %s\n", d.one("exit-code: 75", "exit-code: [1-4]", "signal: TERM", "stderr: reset", "stdout: bye"), d.one("transient", "flaky", "network"))
	}
	b.WriteString("routes:\n")
	n := 1 + d.IntN(5)
	for k := range n {
		to := ids
		from := ids
		if git {
			from = nil
		}
		b.WriteString(d.route("  ", "mend", to, from, k == n-1))
	}
	return b.String()
}

// route draws a route. Only the last of a list may take every failure.
func (d dice) route(indent, mend string, to, from []string, last bool) string {
	match := d.one("step", "transient", "flaky", "db", "db.locked", "[network, step.timeout]", "step.start", "step.exit", "git",
		"{ exit-code: "+d.one("75", "1", "2-9", "[137, 143]")+" }", "{ signal: "+d.one("KILL", "TERM")+" }", "{ hint: "+d.some(3, "retry", "restart", "rerun", "rollback", "fail")+" }",
		"{ stderr: reset }", "{ stdout: bye }", "{ if: attempt < "+d.one("1", "2")+" }", "{ kind: db, exit-code: 1 }", "{ if: error.kind == 'flaky' }")
	text := indent + "- match: " + match + "\n" + indent + "  "
	if last && d.chance(70) {
		text = indent + "- "
	}
	switch d.one("retry", "retry", "retry", "restart", "rerun", "fail", "rollback", "run", "to", "continue") {
	case "retry":
		text += fmt.Sprintf("retry: { max: %d, initial: 1ms, jitter: %s, backoff: %s%s%s }", 1+d.IntN(3), d.one("0", "0.25", "full"), d.one("fixed", "exponential"), d.one("", ", max-elapsed: 1h"), d.one("", "", "", ", workspace: clean", ", workspace: reset"))
	case "restart":
		text += fmt.Sprintf("restart: { max: %d%s%s }", 1+d.IntN(2), d.optional(", from: ", from), d.one("", "", ", workspace: keep", ", workspace: reset"))
	case "rerun":
		text += fmt.Sprintf("rerun: { max: 1%s }", d.one("", ", where: host", ", where: here"))
	case "run":
		text += fmt.Sprintf("run:\n%s    then: %s\n%s    steps:\n", indent, d.one("fail", "continue", "rollback"), indent)
		text += fmt.Sprintf("%s      - id: %s\n%s        run: exec sh \"$PLAY\" %s %s\n%s        shell: sh\n%s        timeout: 1m", indent, mend, indent, mend, mend, indent, indent)
	case "to":
		if len(to) == 0 {
			return text + "fail: {}\n"
		}
		text += "to: " + d.one(to...)
	case "fail":
		text += "fail: {}"
	case "rollback":
		text += "rollback: {}"
	case "continue":
		text += "continue: {}"
	}
	return text + "\n"
}

func (d dice) optional(key string, of []string) string {
	if len(of) == 0 || d.chance(70) {
		return ""
	}
	return key + d.one(of...)
}

func (d dice) outcomes() []string {
	var list []string
	for range d.IntN(6) {
		list = append(list, d.one("ok", "exit:1", "exit:1", "exit:3", "exit:75", "exit:137", "signal:KILL", "signal:TERM", "flaky", "db.locked", "db.locked",
			"flaky!hint:"+d.one("retry", "rerun", "rollback"), "exit:75!final", "exit:0!hint:fail", "db.down!retry-after:2h", "flaky!retry-after:2ms", "exit:2!stderr:reset", "exit:1!stdout:bye"))
	}
	return list
}

package simulate

import (
	"testing"
	"time"
)

func TestItemsArePlayedAsARunDoes(t *testing.T) {
	const policy = `version: 1
routes:
  - match: network
    retry: { max: 1, initial: 10s }
  - match: git.conflict
    restart: { max: 1 }
  - rollback: {}
tests:
  - name: each item has its own retries
    steps: [{ id: deploy, for-each: [eu, us] }]
    fail: { deploy: network }
    expect: { result: success, attempts: { deploy: 4, "deploy[eu]": 2 }, waits: [10s, 10s] }
  - name: what is listed for an item is not for the others
    steps: [{ id: deploy, for-each: [eu, us] }]
    fail: { deploy: network, "deploy[us]": ok }
    expect: { result: success, attempts: { "deploy[eu]": 2, "deploy[us]": 1 } }
  - name: the first failure ends a group
    steps: [{ id: deploy, for-each: [eu, us] }]
    fail: { "deploy[eu]": exit:1 }
    expect: { result: failed, attempts: { deploy: 1, "deploy[us]": 0 }, routes: [fail] }
  - name: without fail-fast all items are played, and the group acts once
    steps: [{ id: bump }, { id: deploy, for-each: [eu, us], fail-fast: false }]
    fail: { deploy: git.conflict }
    expect: { result: success, restarts: 1, attempts: { bump: 2, deploy: 4 }, routes: [restart] }
  - name: what one item landed is rolled back for another's failure
    steps: [{ id: land, uses: land, for-each: [eu, us] }]
    fail: { "land[us]": git.rejected.hook }
    expect: { result: failed, kind: git.rejected.hook, exit-code: 3, rollback: true }
  - name: items that steps make
    steps: [list, { id: deploy, for-each: "${{ fromJSON(steps.list.outputs.regions) }}" }]
    outputs: { list: { regions: '["eu", "us", "ap"]' } }
    expect: { result: success, attempts: { deploy: 3, "deploy[ap]": 1 } }
`
	for _, c := range played(t, policy) {
		if len(c.Mismatches) > 0 {
			t.Errorf("%s:\n%s%s", c.Name, c.Diff(), Text(c.Timeline))
		}
	}
}

func TestItemsTakeTheirTimeTogether(t *testing.T) {
	const policy = `version: 1
tests:
  - name: two places for three items
    steps: [{ id: deploy, for-each: [a, b, c], max-parallel: 2 }]
    fail: { "deploy[a]": ok@30s, "deploy[b]": ok@10s, "deploy[c]": ok@15s }
    expect: { result: success, attempts: { deploy: 3 } }
  - name: the first failure stops those at work
    steps: [{ id: deploy, for-each: [a, b, c], max-parallel: 2 }]
    fail: { "deploy[a]": ok@30s, "deploy[b]": exit:1@10s }
    expect: { result: failed, kind: step.exit, attempts: { deploy: 2, "deploy[c]": 0 } }
  - name: those at work go on without fail-fast
    steps: [{ id: deploy, for-each: [a, b, c], max-parallel: 2, fail-fast: false }]
    fail: { "deploy[a]": ok@30s, "deploy[b]": exit:1@10s, "deploy[c]": exit:2@40s }
    expect: { result: failed, attempts: { deploy: 3 } }
`
	want := []time.Duration{30 * time.Second, 10 * time.Second, 50 * time.Second}
	for i, c := range played(t, policy) {
		if len(c.Mismatches) > 0 || c.Timeline.Took != want[i] {
			t.Errorf("%s: it took %s, want %s\n%s%s", c.Name, c.Timeline.Took, want[i], c.Diff(), Text(c.Timeline))
		}
	}
}

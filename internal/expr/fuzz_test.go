package expr

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "plain", "${{ inputs.tag }}", "${{ steps.build-image.outputs.a-b }} ${{", "a ${{ '}}' }}", "${{ {\"a\": {1: [2]}} }}",
		"${{ all(item, # > 1) && success() }}", "${{ steps['a-1']?.outputs.b-2-c ?? nil }}", "${{ \"\\u00e9\" matches 'é' }}",
		"${{ if true { 1 } else { 2 } }}", "${{ 1..3 | map(#index) }}", "${{ item?.index }}", "${{ status('bump') }}", "${{ /* */ 1 // }}",
		"${{ b'x' + 0x1F - 1e3 ** .5 }}", "é${{ é }}", "\xff${{ \xff }}", "${{ [1,2][0:1] not in {} }}", "${{ let a = 1; a }}", "${{ inputs.-a- }}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names := everything()
		names.Status = true
		text, problems := ParseText(s, names)
		inside(t, s, problems)
		if problems == nil {
			_, _ = text.Value(values())
			_, _ = text.Eval(values())
		}
		condition, problems := ParseCondition(s, names)
		inside(t, s, problems)
		if problems == nil {
			_, _ = condition.Holds(values(), Status{})
		}
	})
}

func inside(t *testing.T, s string, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		if p.Offset < 0 || p.Length < 0 || p.Offset+p.Length > len(s) {
			t.Errorf("%+v lies outside of %d bytes", p, len(s))
		}
	}
}

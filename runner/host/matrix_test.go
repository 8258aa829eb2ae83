package host

import "testing"

func TestItemsAreTheHostsMatrix(t *testing.T) {
	items := []any{"eu", 3, true, nil, map[string]any{"key": "us", "value": "a<b"}, "two\nlines: \"x\""}
	for _, c := range []struct {
		host  string
		items []any
		want  string
		err   string
	}{
		{"github", items, `matrix={"item":["eu",3,true,null,{"key":"us","value":"a<b"},"two\nlines: \"x\""]}` + "\n", ""},
		{"local", []any{"eu"}, `matrix={"item":["eu"]}` + "\n", ""},
		{"github", nil, `matrix={"item":[]}` + "\n", ""},
		{"github", make([]any, 257), "", "there are 257 items, and a matrix of GitHub's holds 256"},
		{"gitlab", items, "parallel:\n  matrix:\n    - ITEM: [\"eu\", \"3\", \"true\", \"null\", \"{\\\"key\\\":\\\"us\\\",\\\"value\\\":\\\"a<b\\\"}\", \"two\\nlines: \\\"x\\\"\"]\n", ""},
		{"gitlab", nil, "", "there are no items, and GitLab takes no empty matrix"},
		{"gitlab", make([]any, 201), "", "there are 201 items, and a matrix of GitLab's holds 200"},
	} {
		got, err := Matrix(c.host, c.items)
		if got != c.want {
			t.Errorf("%s, %d items: got %q, want %q", c.host, len(c.items), got, c.want)
		}
		if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s, %d items: got the error %v, want %q", c.host, len(c.items), err, c.err)
		}
	}
}

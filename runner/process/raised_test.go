package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/belay-ci/belay/policy"
)

func boolean(b bool) *bool { return &b }

func TestErrorFiles(t *testing.T) {
	full := policy.Raised{
		Kind: "deploy.quota", Message: "quota used up", Details: map[string]any{"left": 0.0, "of": "cpu"},
		RetryAfter: 90 * time.Second, Retryable: boolean(true), Hint: policy.HintRollback,
	}
	tests := []struct {
		name, text string
		want       policy.Raised
		err        string
	}{
		{"JSON", `{"kind":"deploy.quota","message":"quota used up","details":{"left":0,"of":"cpu"},"retry-after":"90s","retryable":true,"hint":"rollback"}`, full, ""},
		{"lines", "kind=deploy.quota\nmessage=quota used up\ndetails={\"left\":0,\"of\":\"cpu\"}\nretry-after=1m30s\nretryable=true\nhint=rollback\n", full, ""},
		{"nothing in it is a failure all the same", "", policy.Raised{}, ""},
		{"an empty object", " {} \n", policy.Raised{}, ""},
		{"a byte order mark", "\ufeff{\"kind\":\"a\"}", policy.Raised{Kind: "a"}, ""},
		{"seconds as a number", `{"retry-after": 30}`, policy.Raised{RetryAfter: 30 * time.Second}, ""},
		{"parts of a second", "retry-after=1.5", policy.Raised{RetryAfter: 1500 * time.Millisecond}, ""},
		{"seconds as text", `{"retry-after": "30"}`, policy.Raised{RetryAfter: 30 * time.Second}, ""},
		{"not retryable", "retryable=false", policy.Raised{Retryable: boolean(false)}, ""},
		{"a message of several lines", "message<<X\none\ntwo\nX\n", policy.Raised{Message: "one\ntwo"}, ""},
		{"null is nothing", `{"kind":null,"retryable":null,"details":null,"retry-after":null}`, policy.Raised{}, ""},

		{"an unknown key", `{"knid":"a"}`, policy.Raised{}, "knid: unknown key; the keys are kind, message"},
		{"a key in the wrong case", `{"Kind":"a"}`, policy.Raised{}, "Kind: unknown key"},
		{"an unknown key in a line", "knid=a", policy.Raised{}, "knid: unknown key"},
		{"a bad kind", `{"kind":"Deploy Quota"}`, policy.Raised{}, `kind "Deploy Quota" is not a dotted lower-case name`},
		{"a reserved kind", `{"kind":"git.conflict"}`, policy.Raised{}, `kind "git.conflict" belongs to belay`},
		{"a kind below a reserved one", "kind=network.dns", policy.Raised{}, `kind "network.dns" belongs to belay`},
		{"an unknown hint", "hint=panic", policy.Raised{}, `hint "panic" is none of [retry restart rerun rollback fail]`},
		{"a number as kind", `{"kind":1}`, policy.Raised{}, "kind: not a text"},
		{"a text as retryable", `{"retryable":"yes"}`, policy.Raised{}, "retryable: not true or false"},
		{"a list as details", `{"details":[1]}`, policy.Raised{}, "details: not a JSON object"},
		{"a delay in the past", "retry-after=-5", policy.Raised{}, "retry-after -5s lies in the past"},
		{"a delay that is none", "retry-after=soon", policy.Raised{}, "retry-after: not a duration such as 90s or 5m, or a number of seconds"},
		{"a delay past all counting", "retry-after=99999999999999", policy.Raised{}, "retry-after: not a duration such as 90s or 5m, or a number of seconds"},
		{"broken JSON", `{"kind":"a"`, policy.Raised{}, "unexpected end of JSON input"},
		{"text after the object", `{"kind":"a"} x`, policy.Raised{}, "invalid character 'x'"},
		{"prose", "it broke\n", policy.Raised{}, "line 1: neither name=value"},
		{"too much", "message=" + strings.Repeat("x", maxRaised), policy.Raised{}, "larger than 64 KiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "error")
			write(t, path, test.text, 0o600)
			got, err := ReadRaised(path)
			checkError(t, err, test.err)
			if err != nil {
				var raised *RaisedError
				if got != nil || !errors.As(err, &raised) || raised.Kind() != policy.StepErrorFile {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNoErrorFileIsNoFailure(t *testing.T) {
	if got, err := ReadRaised(filepath.Join(t.TempDir(), "gone", "error")); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWriteRaisedReadsBack(t *testing.T) {
	for _, want := range []policy.Raised{
		{},
		{Kind: "transient", Message: "line\nline = <<X", Hint: policy.HintRetry, RetryAfter: 1500 * time.Millisecond, Retryable: boolean(false)},
		{Details: map[string]any{"a": []any{"b", 1.0, nil}}},
	} {
		path := filepath.Join(t.TempDir(), "error")
		write(t, path, "garbage of an earlier command", 0o600)
		if err := WriteRaised(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadRaised(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestWriteRaisedRefusesWhatReadingWould(t *testing.T) {
	for want, raised := range map[string]policy.Raised{
		`kind "git.race" belongs to belay`: {Kind: "git.race"},
		`hint "x" is none of`:              {Hint: "x"},
		"are more than the 64 KiB allowed": {Message: strings.Repeat("x", maxRaised)},
		"unsupported type":                 {Details: map[string]any{"f": func() {}}},
	} {
		dir := t.TempDir()
		checkError(t, WriteRaised(filepath.Join(dir, "error"), raised), want)
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v", want, left)
		}
	}
	checkError(t, WriteRaised(filepath.Join(t.TempDir(), "gone", "error"), policy.Raised{}), "no such file")
}

func FuzzRaised(f *testing.F) {
	f.Add([]byte(`{"kind":"a.b","retry-after":"3s","details":{"a":1}}`))
	f.Add([]byte("kind=a\nmessage<<X\nx\nX\nretryable=true\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := parseRaised(text)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "error")
		var tooLong *RaisedError
		if err := WriteRaised(path, first); errors.As(err, &tooLong) && strings.Contains(err.Error(), "KiB") {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		second, err := ReadRaised(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&first, second); diff != "" {
			t.Fatalf("(-first +second)\n%s", diff)
		}
	})
}

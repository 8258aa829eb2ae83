package gitops

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/belay-ci/belay/gitops/wire"
	"github.com/belay-ci/belay/policy"
)

// rejection is a line of testdata/rejections.yml.
type rejection struct {
	Name, Source         string
	Status, Unpack, Text string
	Fatal                string // what stands on band 3, in place of a report
	HTTP                 int    `yaml:"http"`
	Kind                 policy.Kind
	Again                bool
	Advice               string
}

func rejections(t *testing.T) []rejection {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "rejections.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []rejection
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return list
}

// answer is the refusal as a server sends it.
func (r rejection) answer(w http.ResponseWriter) {
	if r.HTTP != 0 {
		http.Error(w, r.Text, r.HTTP)
		return
	}
	w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
	packets := wire.NewPacketWriter(w)
	if r.Text != "" {
		fmt.Fprintf(packets.Band(2), "%s\n", r.Text)
	}
	if r.Fatal != "" {
		fmt.Fprint(packets.Band(3), r.Fatal)
		return
	}
	var report bytes.Buffer
	lines := wire.NewPacketWriter(&report)
	unpack := r.Unpack
	if unpack == "" {
		unpack = "ok"
	}
	lines.Linef("unpack %s\n", unpack)
	lines.Linef("ng refs/heads/main %s\n", r.Status)
	lines.Flush()
	_, _ = packets.Band(1).Write(report.Bytes())
	packets.Flush()
}

// blank is the refusal without a word, on the ref or beside it.
func (r rejection) blank() rejection {
	r.Status, r.Text = "", ""
	if r.Fatal != "" {
		r.Fatal = "x"
	}
	return r
}

func TestRealRefusalsGetTheirKindAndAdviceFromOnePush(t *testing.T) {
	list := rejections(t)
	if len(list) < 40 {
		t.Fatalf("only %d refusals", len(list))
	}
	s := newShop(t)
	r := s.open()
	s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
	change, before := s.stage(r), s.main()
	for _, refusal := range list {
		t.Run(refusal.Name, func(t *testing.T) {
			for name, sent := range map[string]rejection{"its words": refusal, "no words": refusal.blank()} {
				pushes := s.Pushes()
				s.onPush(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
					_, _ = io.Copy(io.Discard, r.Body)
					sent.answer(w)
				})
				o := s.land(r, change, "land")
				if o.State != Rejected || o.Good() || s.main() != before || s.Pushes()-pushes != 1 {
					t.Fatalf("%s: state %s after %d pushes", name, o.State, s.Pushes()-pushes)
				}
				if name == "no words" {
					continue
				}
				if o.Kind != refusal.Kind || o.Again != refusal.Again {
					t.Errorf("kind %s, again %t; want %s, %t: %v", o.Kind, o.Again, refusal.Kind, refusal.Again, o.Err())
				}
				if !strings.Contains(o.Advice, refusal.Advice) || !strings.Contains(o.Err().Error(), refusal.Advice) {
					t.Errorf("advice %q does not say %q", o.Advice, refusal.Advice)
				}
				if strings.Contains(o.Err().Error(), "\n") {
					t.Errorf("more than one line: %v", o.Err())
				}
			}
		})
	}
}

// Whatever a server says, the branch alone decides.
func TestNoWordsProveALostRaceOrALanding(t *testing.T) {
	for i, refusal := range rejections(t) {
		if i%8 != 0 {
			continue
		}
		t.Run(refusal.Name, func(t *testing.T) {
			s := newShop(t)
			r := s.open()
			s.write(map[string]string{"env/prod.yml": "tag: v2\n"})
			change := s.stage(r)
			s.onPush(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
				_, _ = io.Copy(io.Discard, r.Body)
				s.Around(nil)
				s.push("theirs", map[string]string{"a.txt": "theirs\n"})
				refusal.answer(w)
			})
			s.want(s.land(r, change, "land"), Raced)
			s.onPush(func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
				serve(httptest.NewRecorder(), r)
				refusal.answer(w)
			})
			s.want(s.land(r, change, "land"), Landed)
			s.sound()
		})
	}
}

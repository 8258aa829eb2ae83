package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/belay-ci/belay/gitops/keys"
	"github.com/belay-ci/belay/internal/expr"
	"github.com/belay-ci/belay/internal/source"
	"github.com/belay-ci/belay/internal/spec"
	"github.com/belay-ci/belay/policy"
	"github.com/belay-ci/belay/runner/report"
)

// editStep changes values in YAML and JSON files.
func editStep() builtin {
	const example = "{ image.tag: \"${{ inputs.tag }}\" }"
	return builtin{
		Builtin: spec.Builtin{
			Name:  "edit",
			Local: true,
			Means: "Changes values in YAML and JSON files by key path, and leaves every other byte as it is: comments, order, quotes, indentation. Doing it again changes nothing. A path is `image.tag`, `hosts[0]`, `hosts[-1]`, `env[name=LOG].value`, or has its keys in quotes: `annotations.\"acme.io/team\"`. An expression inside of a path is part of a key, whatever it holds; one that is the whole path is read as a path.",
			With: []source.Key{
				{Name: "file", Type: source.TypeWords, Required: true, Example: "envs/prod/values.yaml", Means: "the file, or a list of files, relative to the workspace: .yaml, .yml or .json"},
				{Name: "document", Type: source.TypeAny, Example: "{ kind: Deployment, metadata.name: shop }", Means: "which document of a file with several: what it holds, by path, or its number, counted from 0"},
				{Name: "set", Type: source.TypePairs, Example: example, Means: "new values for paths that are there; one that is not is an error"},
				{Name: "add", Type: source.TypePairs, Example: "{ image.digest: \"${{ steps.build.outputs.digest }}\" }", Means: "values for paths that are not there, with the mappings on the way; where another value is, it is an error"},
				{Name: "append", Type: source.TypePairs, Example: "{ hosts: eu-2 }", Means: "items for the ends of lists, unless an equal item is in the list"},
				{Name: "delete", Type: source.TypePaths, Example: "[image.digest]", Means: "paths to take away, if they are there"},
				{Name: "create", Type: source.TypeBool, Default: "false", Example: "true", Means: "whether a file that does not exist is made"},
			},
			Outputs: []spec.Output{
				{Name: "changed", Means: "whether any file changed: true or false"},
				{Name: "files", Means: "the files that changed, one a line"},
				{Name: "changes", Means: "what changed, one value a line"},
			},
			Check: checkEdit,
		},
		do: (*conductor).edit,
	}
}

// operations lists the keys of `with` that say what to do, in the order they are done.
func operations() []keys.Op { return []keys.Op{keys.Set, keys.Add, keys.Append, keys.Delete} }

// checkEdit looks at the names and paths that are known before anything runs.
func checkEdit(at source.Pos, with map[string]any, report func(source.Pos, string, ...any)) {
	files, _ := with["file"].([]any)
	for _, file := range files {
		if text, ok := file.(expr.Text); ok {
			if name, literal := text.Literal(); literal {
				if _, err := localName(name); err != nil {
					report(at, "`file` is %q: %v", name, err)
				} else if !keys.Known(name) {
					report(at, "`file` is %q: the edit step reads .yaml, .yml and .json", name)
				}
			}
		}
	}
	asked := false
	for _, op := range operations() {
		asked = asked || with[string(op)] != nil
		pairs, _ := with[string(op)].(spec.Pairs)
		for _, p := range pairs {
			checkPath(p, report)
		}
	}
	if !asked {
		report(at, "an edit does nothing without `set`, `add`, `append` or `delete`, as in `set: { image.tag: v2 }`")
	}
	checkDocument(at, with["document"], report)
}

// checkDocument looks at which document is asked for, as far as it is known.
func checkDocument(at source.Pos, document any, report func(source.Pos, string, ...any)) {
	switch d := document.(type) {
	case int:
		if d < 0 {
			report(at, "`document` is %d; documents are counted from 0", d)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(d)) {
			if _, err := keys.ParsePath(key); err != nil {
				report(at, "`document` names the path %q: %v", key, err)
			} else if err := single(key, d[key]); err != nil {
				report(at, "`document` %v", err)
			}
		}
	}
}

// single refuses what no single value of a document can be: documents are told apart by scalars.
func single(key string, v any) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("says nothing for %s; say which value the document has there", key)
	case map[string]any:
		for _, below := range slices.Sorted(maps.Keys(v)) {
			return fmt.Errorf("has keys below %s; write each as one path, as in %s.%s", key, key, below)
		}
		return fmt.Errorf("has an empty mapping for %s; say which value the document has there", key)
	case []any:
		return fmt.Errorf("has a list for %s; write the path of an item, as in %s[0]", key, key)
	}
	return nil
}

func checkPath(p spec.Pair, report func(source.Pos, string, ...any)) {
	marks := p.Key.Marks()
	if marks == string(expr.Mark(0)) {
		return // it is read when it is known
	}
	_, err := keys.ParsePath(marks)
	var wrong *keys.PathError
	if !errors.As(err, &wrong) {
		return
	}
	at := p.Node.Pos
	if _, literal := p.Key.Literal(); literal {
		at = p.Node.PosAt(wrong.Offset)
	}
	report(at, "%s", wrong.Message)
}

// edited is a file that an edit step has thought through.
type edited struct {
	name string // as the workspace knows it
	info fs.FileInfo
	keys.Result
}

// edit changes all of its files or, when one can't be changed, none.
func (c *conductor) edit(ctx context.Context, k call) execution {
	// Items that run at the same time may edit one file: they take turns, with each other and with what is staged.
	select {
	case c.landing <- struct{}{}:
		defer func() { <-c.landing }()
	case <-ctx.Done():
		return execution{failure: &policy.Failure{ExitCode: -1, Message: "cancelled"}, cancelled: true}
	}
	files, err := c.edited(k)
	if err != nil {
		return failedExecution(policy.Failure{Kind: policy.StepExit, ExitCode: 1, Message: err.Error()})
	}
	w, err := openWorkspace(c.job.Dir)
	if err != nil {
		return failedExecution(notStarted(err))
	}
	defer w.Close()
	var names, changes []string
	for _, f := range files {
		if len(f.Changes) == 0 {
			continue
		}
		if err := w.write(f.name, f.Data, f.info); err != nil {
			return failedExecution(policy.Failure{Kind: policy.StepExit, ExitCode: 1, Message: fmt.Sprintf("write %s: %v", f.name, err)})
		}
		names = append(names, f.name)
		for _, change := range f.Changes {
			line := f.name + ": " + change.String()
			changes = append(changes, line)
			c.show(report.Noted{Text: c.job.Masks.String(line)})
		}
	}
	e := execution{}
	e.effects.Outputs = map[string]string{
		"changed": fmt.Sprint(len(names) > 0), "files": strings.Join(names, "\n"), "changes": strings.Join(changes, "\n"),
	}
	return e
}

// edited reads the files and makes the edits in memory.
func (c *conductor) edited(k call) ([]edited, error) {
	edits, err := edits(k.with)
	if err != nil {
		return nil, err
	}
	which, err := document(k.with["document"])
	if err != nil {
		return nil, err
	}
	w, err := openWorkspace(c.job.Dir)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	create, _ := k.with["create"].(bool)
	var all []edited
	for _, name := range paths(k.with["file"]) {
		f, data, err := w.toEdit(name, create)
		if err != nil {
			return nil, fmt.Errorf("edit %s: %w", name, err)
		}
		if f.Result, err = keys.Apply(f.name, data, which, edits); err != nil {
			return nil, fmt.Errorf("edit %w", err)
		}
		if slices.ContainsFunc(all, func(other edited) bool { return other.name == f.name }) {
			return nil, fmt.Errorf("edit %s: it is named twice", name)
		}
		all = append(all, f)
	}
	return all, nil
}

// maxEdited is how large a file the edit step reads, in bytes.
const maxEdited = 1 << 20

// toEdit reads a file; one that is to be made is empty, or an empty object of JSON.
func (w workspace) toEdit(name string, create bool) (edited, []byte, error) {
	resolved, info, err := w.resolve(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		if strings.EqualFold(path.Ext(resolved), ".json") {
			return edited{name: resolved}, []byte("{}\n"), nil
		}
		return edited{name: resolved}, nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return edited{}, nil, errors.New("it does not exist; `create: true` makes it")
	case err != nil:
		return edited{}, nil, err
	case !keys.Known(resolved):
		return edited{}, nil, errors.New("the edit step reads .yaml, .yml and .json")
	}
	data, err := w.read(resolved, maxEdited)
	return edited{name: resolved, info: info}, data, err
}

// edits reads what to do, in the order of operations and, within one, of the file.
func edits(with map[string]any) ([]keys.Edit, error) {
	var all []keys.Edit
	for _, op := range operations() {
		for _, given := range givenPairs(with[string(op)]) {
			p, err := givenPath(given)
			if err != nil {
				return nil, fmt.Errorf("edit: %s: the path %s: %w", op, given.Filled(given.Key), err)
			}
			all = append(all, keys.Edit{Op: op, Path: p, Value: toWrite(given.Value)})
		}
	}
	return all, nil
}

// givenPairs reads pairs, or what an expression gave in their place: a map, a list of paths or one path.
func givenPairs(v any) []spec.Given {
	switch v := v.(type) {
	case []spec.Given:
		return v
	case map[string]any:
		var all []spec.Given
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, spec.Given{Key: key, Value: v[key]})
		}
		return all
	case []any:
		var all []spec.Given
		for _, item := range v {
			all = append(all, spec.Given{Key: fmt.Sprint(item)})
		}
		return all
	case nil:
		return nil
	}
	return []spec.Given{{Key: fmt.Sprint(v)}}
}

func givenPath(given spec.Given) (keys.Path, error) {
	if given.Whole() {
		return keys.ParsePath(given.Filled(given.Key))
	}
	p, err := keys.ParsePath(given.Key)
	if err != nil {
		return keys.Path{}, err
	}
	return p.Fill(given.Filled)
}

// toWrite turns evaluated pairs into a mapping to be written, in their order.
func toWrite(v any) any {
	switch v := v.(type) {
	case []spec.Given:
		m := make(keys.Mapping, len(v))
		for i, given := range v {
			m[i] = keys.Entry{Key: given.Filled(given.Key), Value: toWrite(given.Value)}
		}
		return m
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = toWrite(item)
		}
		return items
	}
	return v
}

// document reads which document is meant.
func document(v any) (keys.Document, error) {
	switch v := v.(type) {
	case nil:
		return keys.Document{}, nil
	case int:
		return keys.Document{Numbered: true, Index: v}, nil
	case map[string]any:
		var d keys.Document
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p, err := keys.ParsePath(key)
			if err != nil {
				return keys.Document{}, fmt.Errorf("edit: document: the path %s: %w", key, err)
			}
			if err := single(key, v[key]); err != nil {
				return keys.Document{}, fmt.Errorf("edit: `document` %w", err)
			}
			d.Where = append(d.Where, keys.Condition{Path: p, Value: fmt.Sprint(v[key])})
		}
		return d, nil
	}
	return keys.Document{}, fmt.Errorf("edit: document: %v is neither a number nor what the document holds", v)
}

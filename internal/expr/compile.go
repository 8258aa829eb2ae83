package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// program is a checked expression, ready to run any number of times, from any goroutine.
type program struct {
	source string
	code   *vm.Program
	result reflect.Type // the interface type when it is not known
	status bool         // a status function is called
}

// compile parses s, checks its names and types, puts the meters in, and compiles. Offsets count from s's start.
func compile(s string, n Names) (*program, []Problem) {
	switch {
	case strings.TrimSpace(s) == "":
		return nil, []Problem{{0, len(s), "the expression is empty"}}
	case len(s) > maxLength:
		return nil, []Problem{{0, len(s), fmt.Sprintf("the expression is longer than %d bytes: do this in a step", maxLength)}}
	}
	config := conf.New(scope{})
	config.MaxNodes = maxNodes
	tree, err := parser.ParseWithConfig(joinDashes(s), config)
	if err != nil {
		return nil, []Problem{problemOf(s, err)}
	}
	status, problems := checkNames(s, &tree.Node, n)
	if problems != nil {
		return nil, problems
	}
	checked := config
	if hasTypes(s, n) {
		checked = conf.New(typedScope{})
	}
	result, err := checker.Check(tree, checked)
	if err != nil {
		return nil, []Problem{problemOf(s, err)}
	}
	addMeters(&tree.Node)
	if _, err := checker.Check(tree, config); err != nil {
		return nil, []Problem{problemOf(s, err)}
	}
	if problems := idleDefaults(s, &tree.Node); problems != nil {
		return nil, problems
	}
	config.Optimize = false // it rewrites what the meters count, and there is little to gain
	code, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, []Problem{problemOf(s, err)}
	}
	return &program{source: s, code: code, result: result, status: status}, nil
}

// String returns the expression for messages.
func (p *program) String() string { return opening + " " + strings.TrimSpace(p.source) + " " + closing }

func (p *program) run(v Values, s Status) (any, error) {
	value, err := vm.Run(p.code, newScope(v, s))
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", p, plain(err))
	}
	return value, nil
}

// plain takes expr-lang's drawing of the source off an error.
func plain(err error) error {
	var positioned *file.Error
	if !errors.As(err, &positioned) {
		return err
	}
	if cause := positioned.Unwrap(); cause != nil {
		return cause
	}
	return errors.New(splitDashes(positioned.Message))
}

func problemOf(s string, err error) Problem {
	var positioned *file.Error
	if !errors.As(err, &positioned) {
		return Problem{0, len(s), splitDashes(err.Error())}
	}
	return problemAt(s, positioned.Location, rephrase(s, positioned))
}

// problemAt turns expr-lang's runes into bytes of s.
func problemAt(s string, at file.Location, message string) Problem {
	start := byteOffset(s, at.From)
	return Problem{start, max(start, byteOffset(s, at.To)) - start, message}
}

func byteOffset(s string, runes int) int {
	for i := range s {
		if runes <= 0 {
			return i
		}
		runes--
	}
	return len(s)
}

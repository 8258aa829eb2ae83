package source

import (
	"slices"
	"time"
)

// Record is a mapping read by a table of keys. The getter of a key that is absent, or that was reported, says false.
type Record struct {
	Pos     Pos
	Unknown []string // the keys that were reported as unknown
	meant   []string // by them
	values  map[string]any
	nodes   map[string]Entry
}

// Value is a decoded value and where it stands.
type Value[T any] struct {
	Is  T
	Pos Pos
}

// Has reports whether the mapping has the key, whatever its value.
func (r *Record) Has(key string) bool {
	_, ok := r.nodes[key]
	return ok
}

// Meant reports whether a key that was reported as unknown stands for this one.
func (r *Record) Meant(key string) bool { return slices.Contains(r.meant, key) }

// KeyPos returns where a key stands; the mapping's place when it is absent.
func (r *Record) KeyPos(key string) Pos {
	if e, ok := r.nodes[key]; ok {
		return e.Key.Pos
	}
	return r.Pos
}

// Node returns a key's value as it is, nil when it is absent or not of the key's type.
func (r *Record) Node(key string) *Node {
	if _, ok := r.values[key]; !ok {
		return nil
	}
	return r.nodes[key].Value
}

// Text returns the value of a TypeText or TypeEnum, or the word in the place of a TypeNumber.
func (r *Record) Text(key string) (Value[string], bool) { return get[string](r, key) }

// Bool returns the value of a TypeBool.
func (r *Record) Bool(key string) (Value[bool], bool) { return get[bool](r, key) }

// Int returns the value of a TypeInt.
func (r *Record) Int(key string) (Value[int], bool) { return get[int](r, key) }

// Number returns the value of a TypeNumber.
func (r *Record) Number(key string) (Value[float64], bool) { return get[float64](r, key) }

// Duration returns the value of a TypeDuration.
func (r *Record) Duration(key string) (Value[time.Duration], bool) {
	return get[time.Duration](r, key)
}

// Words returns the values of a TypeWords, each with its own place.
func (r *Record) Words(key string) []Value[string] {
	words, _ := r.values[key].([]Value[string])
	return words
}

// Any returns the decoded value of a key of any type: the Go type is that of its getter.
func (r *Record) Any(key string) (any, bool) {
	v, ok := r.values[key]
	return v, ok
}

func get[T any](r *Record, key string) (Value[T], bool) {
	v, ok := r.values[key].(T)
	return Value[T]{Is: v, Pos: r.pos(key)}, ok
}

// pos returns where a key's value stands.
func (r *Record) pos(key string) Pos {
	if e, ok := r.nodes[key]; ok {
		return e.Value.Pos
	}
	return r.Pos
}

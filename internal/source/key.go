package source

// Key declares one key of a mapping. The decoder, the schemas and the reference pages read this one declaration.
type Key struct {
	Name     string
	Type     Type
	Enum     []string // the words of a TypeEnum; of a TypeNumber, words that may stand in a number's place
	Default  string   // what an absent key means, as a file would have it; empty for nothing
	Required bool
	Positive bool                     // a TypeDuration of zero is refused
	Min, Max float64                  // bounds of a number, of a duration in seconds; a Max of 0 is no upper bound
	Means    string                   // one phrase for the reference
	Example  string                   // a value as a file would have it
	Excludes []string                 // keys of the table that can't be there too
	Needs    string                   // another key of the table that must be there too; empty for none
	Valid    func(text string) string // says what is wrong with a text, or with one of a list; nil, or an empty answer, for nothing
	Keys     []Key                    // what a TypeMapping, or each item of a TypeList, may hold; nil for anything
}

// Type says what a key's value is. As a diagnostic names it: "must be <type>".
type Type string

// The types, each with what a Record's getter returns for it.
const (
	TypeText     Type = "text"                                // Text: a scalar as written, so 1.10 is "1.10"
	TypeEnum     Type = "one of its words"                    // Text
	TypeBool     Type = "true or false"                       // Bool
	TypeInt      Type = "a whole number"                      // Int
	TypeNumber   Type = "a number"                            // Number, or Text for one of Enum
	TypeDuration Type = "a duration such as 90s, 5m or 1h30m" // Duration
	TypeWords    Type = "text or a list of text"              // Words
	TypeMapping  Type = "a mapping"                           // Node
	TypeList     Type = "a list"                              // Node
	TypeAny      Type = "a value"                             // Node
	TypePaths    Type = "a key path or a list of them"        // Node
	TypePairs    Type = "a mapping of values by name"         // Node: its order counts
	TypeBody     Type = "text, a mapping or a list"           // Node
)

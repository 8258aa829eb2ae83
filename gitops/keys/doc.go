// Package keys changes YAML and JSON by key path and keeps the rest of the text as it is: comments, order, quotes,
// indentation and line endings. On the same ground it merges what two writers made of one file, key by key, where their
// lines are too close for git.
//
// It is pure: bytes in, bytes or an error out. Nothing it returns is believed: what comes out is read again, and is an
// error or a conflict unless exactly the wanted values changed.
//
// # Paths
//
// A path names a value from the top of a document:
//
//	image.tag                        a key below a key
//	containers[0].image              an item of a list, counted from 0; [-1] is the last
//	env[name=LOG_LEVEL].value        the one item whose key has that value
//	annotations."app.acme.io/team"   a key with dots in it, in double or single quotes
//	hosts[.=eu]                      the one item that is that value
//	.                                the whole document
//
// Outside of quotes a key holds no dots, brackets, quotes and white space. In double quotes \" and \\ are escapes, in
// single quotes ” stands for '.
//
// # What is refused
//
// What this package does not read it does not touch: a file with a tab for indentation, a directive, a complex key, a
// duplicate key, more than 1 MiB, 100,000 values or 64 levels. An anchor, an alias and a tag are read, and a change that
// touches one is refused, because it would change more, or less, than it says.
package keys

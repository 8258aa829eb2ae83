// Package merge joins what two writers did to one tree, and replays and reverts commits on top of it. It is pure:
// objects in, objects or conflicts out. It runs no process, reads no clock and no file, and talks to nobody.
//
// Its law: where it merges, git (merge-ort, the default since 2.34) agrees on the tree; where git would conflict, it
// conflicts, or has merged by structure. It may refuse more than git, never less. So wherever the answer hangs on a
// choice git makes (which of several diffs of a file to take, what was renamed to what) it declines:
//
//   - A file is merged by line only where every diff that git could choose leads to the same text (lines.go).
//   - A rename is followed where the file was moved as it is and no other has its content (rename.go). A change that
//     could mean something else under any other rename is a conflict (trees.go).
//   - What it declines may be put to an Arbiter, an installed git (arbiter.go).
//   - What lines do not settle may be put to a Resolver, which knows what they mean (structure.go). That is the one
//     way to merge where git conflicts, and the result names each such path.
//   - A path with a merge attribute is never merged by line (attributes.go).
package merge

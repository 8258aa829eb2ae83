// Package house holds the rules of the house: which package may import which, and which package owns which
// third-party library. Its test reads every file of the module and fails where the house is left.
package house

// Layers says which packages of belay a package may import. A trailing "/..." covers everything below;
// the first entry that covers a package counts. What Everywhere lists needs no entry. Test files are free to import more.
var Layers = []Layer{
	{Package: "policy", May: nil},
	{Package: "internal/retry", May: nil},
	{Package: "internal/columns", May: nil},
	{Package: "internal/pattern", May: nil},
	{Package: "internal/source", May: []string{"internal/columns"}},
	{Package: "internal/expr", May: nil},
	{Package: "internal/spec", May: []string{"policy", "internal/source", "internal/expr"}},
	{Package: "internal/walk", May: []string{"policy", "internal/spec", "internal/expr"}},
	{Package: "internal/simulate", May: []string{"policy", "internal/walk", "internal/spec", "internal/source", "internal/expr", "runner/report"}},
	{Package: "internal/gittest", May: nil},
	{Package: "internal/giteatest", May: nil},
	{Package: "internal/reference", May: []string{"policy", "internal/source", "internal/spec", "internal/expr", "runner", "runner/process", "runner/host", "runner/report"}},
	{Package: "internal/demo/...", May: []string{"gitops", "gitops/serve", "gitops/forge/...", "runner/...", "policy", "internal/spec", "internal/source"}},
	{Package: "gitops/wire", May: []string{"policy"}},
	{Package: "gitops/merge", May: nil},
	{Package: "gitops/arbiter", May: []string{"gitops/merge"}},
	{Package: "gitops/keys", May: []string{"internal/source"}},
	{Package: "gitops/sign", May: nil},
	{Package: "gitops/serve", May: []string{"gitops/wire", "gitops/merge"}},
	{Package: "gitops/forge/...", May: []string{"policy", "gitops/forge/...", "internal/retry"}},
	{Package: "gitops", May: []string{"policy", "gitops/wire", "gitops/merge", "gitops/arbiter", "gitops/keys"}},
	{Package: "runner/process", May: []string{"policy"}},
	{Package: "runner/report", May: []string{"policy"}},
	{Package: "runner/telemetry", May: []string{"internal/retry", "runner/report"}},
	{Package: "runner/host", May: []string{"policy", "runner/report", "internal/columns"}},
	{Package: "runner", May: []string{"policy", "gitops", "gitops/keys", "gitops/forge", "runner/process", "runner/host", "runner/report", "internal/retry", "internal/walk", "internal/spec", "internal/expr", "internal/source"}},
	{Package: "cmd/belay", May: []string{"runner/...", "runner", "gitops", "gitops/forge", "gitops/sign", "policy", "internal/demo/...", "internal/reference", "internal/simulate", "internal/starter", "internal/spec", "internal/source", "internal/expr", "internal/columns"}},
	{Package: "internal/starter", May: nil},
	{Package: "internal/house", May: nil},
}

// Everywhere are the packages that all others may import, policy too: they stand beside the standard library's own.
var Everywhere = []string{"internal/pattern"}

// Layer is one line of the import table.
type Layer struct {
	Package string
	May     []string
}

// Owners says which packages may import a third-party library. A library that is not listed may not be
// imported at all outside tests: adding one is a decision to be made here.
var Owners = []Owner{
	{Library: "github.com/go-git/go-git/v5", Packages: []string{"gitops", "gitops/wire", "gitops/merge", "gitops/arbiter", "gitops/serve"}},
	{Library: "golang.org/x/crypto/ssh", Packages: []string{"gitops/wire", "gitops/sign", "internal/gittest"}},
	{Library: "github.com/ProtonMail/go-crypto", Packages: []string{"gitops/sign"}},
	{Library: "github.com/skeema/knownhosts", Packages: []string{"gitops/wire"}},
	{Library: "github.com/kevinburke/ssh_config", Packages: []string{"gitops/wire"}},
	{Library: "github.com/google/go-github/v66", Packages: []string{"gitops/forge"}},
	{Library: "gitlab.com/gitlab-org/api/client-go/v2", Packages: []string{"gitops/forge"}},
	{Library: "code.gitea.io/sdk/gitea", Packages: []string{"gitops/forge"}},
	{Library: "github.com/sethvargo/go-githubactions", Packages: []string{"runner/host"}},
	{Library: "github.com/avast/retry-go/v4", Packages: []string{"internal/retry"}},
	{Library: "github.com/expr-lang/expr", Packages: []string{"internal/expr"}},
	{Library: "github.com/spf13/cobra", Packages: []string{"cmd/belay"}},
	{Library: "github.com/spf13/pflag", Packages: []string{"cmd/belay"}},
	{Library: "github.com/clipperhouse/displaywidth", Packages: []string{"internal/columns"}},
	{Library: "golang.org/x/term", Packages: []string{"runner/host"}},
	{Library: "golang.org/x/sys", Packages: []string{"runner/process", "runner/host"}},
	{Library: "github.com/getkin/kin-openapi", Packages: []string{"gitops/forge/forgetest"}},
}

// Owner is one line of the library table.
type Owner struct {
	Library  string
	Packages []string
}

package process

// RefusedEnv is a pattern of names that do not leave a step through its GITHUB_ENV file, and why.
type RefusedEnv struct {
	Pattern string // * stands for any text; upper and lower case are the same
	Why     string
}

// RefusedEnvs lists the names a step can't set for the steps after it. A value there would run code in, or
// redirect, programs that have nothing to do with the step; whoever wants that writes it into a step's `env`.
func RefusedEnvs() []RefusedEnv {
	loads := "it makes every program load or run code"
	return []RefusedEnv{
		{"LD_*", loads},
		{"DYLD_*", loads},
		{"NODE_OPTIONS", loads},
		{"BASH_ENV", loads},
		{"ENV", loads},
		{"BASH_FUNC_*", loads},
		{"PROMPT_COMMAND", loads},
		{"PS4", loads},
		{"PERL5OPT", loads},
		{"RUBYOPT", loads},
		{"PERL5DB", loads},
		{"PYTHONSTARTUP", loads},
		{"PYTHONHOME", loads},
		{"JAVA_TOOL_OPTIONS", loads},
		{"JDK_JAVA_OPTIONS", loads},
		{"_JAVA_OPTIONS", loads},
		{"GCONV_PATH", loads},
		{"ZDOTDIR", loads},
		{"SHELLOPTS", "it changes how every shell reads its script"},
		{"BASHOPTS", "it changes how every shell reads its script"},
		{"IFS", "it changes how every shell reads its script"},
		{"PATH", "write the folder to GITHUB_PATH instead"},
		{"GIT_*", "it redirects git"},
		{"BELAY_*", "the name is belay's"},
		{"INPUT_*", "the name is the CI host's"},
		{"GITHUB_*", "the name is the CI host's"},
		{"RUNNER_*", "the name is the CI host's"},
		{"ACTIONS_*", "the name is the CI host's"},
	}
}

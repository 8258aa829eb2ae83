package report

// Format is one line of the table of files that a run's report is written as.
type Format struct {
	File, Means string
	render      func(Report) ([]byte, error)
}

// Render renders a report in the format.
func (f Format) Render(r Report) ([]byte, error) { return f.render(r) }

// JSONFile is the report for programs, which the output `report` names. EventsFile is written while the run goes on.
const (
	JSONFile   = "report.json"
	HTMLFile   = "report.html"
	EventsFile = "events.jsonl"
)

// Formats lists the files in the order the reference shows them.
func Formats() []Format {
	return []Format{
		{HTMLFile, "One page for people, which needs no other file: the outcome, the branch before and after, a timeline, and each attempt with its last lines and why belay did what it did.", HTML},
		{"report.md", "The summary in Markdown, as a GitHub job shows it.", func(r Report) ([]byte, error) { return []byte(Markdown(r)), nil }},
		{"junit.xml", "JUnit XML with a case for each step, for GitLab's and Jenkins' test views.", JUnit},
		{JSONFile, "All of it, for programs.", JSON},
	}
}

// Prepare makes ready what the first report of a process takes longest for, in every format: the page's template, with how each
// value in it is escaped, and what the encoders of JSON and XML know of the types. All of it is kept. Who has to wait for
// something else can call it meanwhile; nobody has to.
func Prepare() {
	for _, format := range Formats() {
		_, _ = format.Render(Report{Steps: []Step{{Attempts: []Attempt{{}}}}})
	}
}

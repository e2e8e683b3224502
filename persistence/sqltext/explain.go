package sqltext

import "strings"

// Explain asks for the plan of a statement in place of its answer.
type Explain struct {
	// JSON has the plan as one JSON document, else it is lines of text.
	JSON bool
	// Analyze runs the statement, with all that it changes, to tell what it took.
	Analyze bool
	// Verbose, Settings, Buffers and WAL have the plan tell more; see EXPLAIN in
	// PostgreSQL's manual.
	Verbose, Settings, Buffers, WAL bool
}

// SQL is the statement that gives the plan of another.
func (e *Explain) SQL(statement string) string {
	format := "TEXT"
	if e.JSON {
		format = "JSON"
	}
	options := append([]string{"FORMAT " + format}, e.Options()...)
	return "EXPLAIN (" + strings.ToUpper(strings.Join(options, ", ")) + ") " + statement
}

// Options names what is asked for beside the format.
func (e *Explain) Options() []string {
	var names []string
	for name, flag := range e.flags {
		if *flag {
			names = append(names, name)
		}
	}
	return names
}

// Set asks for the option of a name; false for one that there is not.
func (e *Explain) Set(option string) bool {
	for name, flag := range e.flags {
		if name == option {
			*flag = true
			return true
		}
	}
	return false
}

// flags goes over the options by their names.
func (e *Explain) flags(yield func(name string, flag *bool) bool) {
	_ = yield("analyze", &e.Analyze) && yield("verbose", &e.Verbose) && yield("settings", &e.Settings) &&
		yield("buffers", &e.Buffers) && yield("wal", &e.WAL)
}

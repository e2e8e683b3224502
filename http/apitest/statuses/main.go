// Statuses lists the answers that openapi.yaml promises and no test provokes. Its
// argument is the folder in which the tests have kept their ledger; see
// apitest.LedgerVariable. It fails while the list is not empty.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"athena/http/openapi"

	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer, args []string) error {
	if len(args) != 1 {
		return errors.New("name the folder with the ledger of the tests")
	}
	provoked, err := read(args[0])
	if err != nil {
		return err
	}
	promised, err := documented()
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(promised), func(answer string) bool { return provoked[answer] })
	for _, answer := range missing {
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return fmt.Errorf("list what is missing: %w", err)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d of %d documented answers are provoked by no test", len(missing), len(promised))
	}
	_, err = fmt.Fprintf(out, "all %d documented answers are provoked by tests\n", len(promised))
	return err
}

// read gives all lines of the ledger.
func read(folder string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, fmt.Errorf("look for the ledger: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no ledger: run the tests first", folder)
	}
	lines := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			lines[strings.TrimSpace(line)] = true
		}
	}
	return lines, nil
}

// documented gives every operation of the document with each of its statuses, in
// the order of paths.
func documented() ([]string, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document)
	if err != nil {
		return nil, fmt.Errorf("load openapi.yaml: %w", err)
	}
	var answers []string
	for _, path := range document.Paths.InMatchingOrder() {
		for method, operation := range document.Paths.Value(path).Operations() {
			for status := range operation.Responses.Map() {
				if status != "default" { // it stands for what the front end may answer to anything
					answers = append(answers, fmt.Sprintf("%s %s %s", method, path, status))
				}
			}
		}
	}
	slices.Sort(answers)
	return answers, nil
}

package apitest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// LedgerVariable is the environment variable that names the folder in which test
// processes enter the answers that they provoked. Each has a file of its own there,
// named after its program and written anew by each run, so that the file of a test
// whose result is taken from Go's cache still says what that test provokes.
const LedgerVariable = "ATHENA_STATUS_LEDGER"

// ledger is this process's file; nil where no ledger is kept.
var ledger = sync.OnceValues(func() (*os.File, error) {
	folder := os.Getenv(LedgerVariable)
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("ledger of statuses: %w", err)
	}
	file, err := os.Create(filepath.Join(folder, filepath.Base(os.Args[0])))
	if err != nil {
		return nil, fmt.Errorf("ledger of statuses: %w", err)
	}
	return file, nil
})

// entered are the lines that stand in the ledger.
var entered sync.Map

// enter notes that an operation answered with a status, once. The line goes out in
// one piece, since a process may be killed at any time.
func enter(method, path string, status int) error {
	file, err := ledger()
	if file == nil {
		return err
	}
	line := fmt.Sprintf("%s %s %d\n", method, path, status)
	if _, known := entered.LoadOrStore(line, true); known {
		return nil
	}
	if _, err := file.WriteString(line); err != nil {
		return fmt.Errorf("ledger of statuses: %w", err)
	}
	return nil
}

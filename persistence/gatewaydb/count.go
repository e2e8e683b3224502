package gatewaydb

import (
	"encoding/json"
	"errors"
	"fmt"

	"athena/persistence/sqltext"
)

// Counted reads the number out of the answer to a read that sqltext.CountOf made.
func Counted(answer []byte, mode sqltext.CountMode) (int64, error) {
	if mode == sqltext.CountPlanned {
		return planned(answer)
	}
	var rows []struct{ Count int64 }
	if err := json.Unmarshal(answer, &rows); err != nil || len(rows) != 1 {
		return 0, errors.Join(errors.New("gatewaydb: a count did not answer one row"), err)
	}
	return rows[0].Count, nil
}

// planned unwraps the one column of EXPLAIN.
func planned(answer []byte) (int64, error) {
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(answer, &rows); err != nil || len(rows) != 1 {
		return 0, errors.Join(errors.New("gatewaydb: EXPLAIN did not answer one row"), err)
	}
	for _, plan := range rows[0] {
		return sqltext.PlannedRows(plan)
	}
	return 0, fmt.Errorf("gatewaydb: EXPLAIN answered no column")
}

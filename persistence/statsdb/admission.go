package statsdb

import (
	"context"
	"fmt"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
)

// AdmissionEvents gives decisions of the admission, the latest first.
func (s Store) AdmissionEvents(ctx context.Context, l *wire.ListAdmissionEvents) ([]wire.AdmissionEvent, error) {
	return persistence.All[wire.AdmissionEvent](ctx, s.DB, sql.Get("list_admission_events"), l.Decision, l.Client, l.Limit, l.Offset)
}

// SaveAdmissionEvents stores decisions, all or none.
func (s Store) SaveAdmissionEvents(ctx context.Context, events []wire.AdmissionEvent) error {
	text, err := json.Marshal(events)
	if err != nil {
		return fmt.Errorf("encode admission events: %w", err)
	}
	_, err = persistence.Exec(ctx, s.DB, sql.Get("save_admission_events"), string(text))
	return err
}

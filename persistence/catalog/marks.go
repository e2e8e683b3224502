package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Marks tell of each object of a schema in which state it is. They are read faster than
// the objects are, and what differs between two is what has changed. Read them before a
// catalog: what changes in between differs the next time.
type Marks map[marked]int64

type marked struct {
	kind byte
	id   uint32
}

type markRow struct {
	Kind string
	ID   uint32
	Mark int64
}

// ReadMarks reads the marks of a schema: one query.
func ReadMarks(ctx context.Context, db Beginner) (Marks, error) {
	var rows []hashed[markRow]
	_, err := read(ctx, db, func(r *reader) *Catalog {
		// On one core, so that the time it takes tells what it costs.
		if _, r.err = r.tx.Exec(ctx, "SET LOCAL max_parallel_workers_per_gather = 0"); r.err != nil {
			return nil
		}
		collect(r, "marks", pgx.RowToStructByPos[markRow], &rows)
		return nil
	})
	if err != nil {
		return nil, err
	}
	m := make(Marks, len(rows))
	for _, h := range rows {
		m[marked{h.row.Kind[0], h.row.ID}] = h.row.Mark
	}
	return m, nil
}

// Since gives the objects that are not as older marks have them: new, changed or gone. ok
// is false where the change reaches further than objects, which has everything read.
func (m Marks) Since(old Marks) (changed Objects, ok bool) {
	ok = true
	note := func(o marked) {
		if list := changed.kind(o.kind); list != nil {
			*list = append(*list, o.id)
		}
	}
	for o, mark := range m {
		before, known := old[o]
		if known && before == mark {
			continue
		}
		if known && o.kind == 's' {
			ok = false
		}
		note(o)
	}
	for o := range old {
		if _, still := m[o]; !still {
			note(o)
		}
	}
	return changed, ok
}

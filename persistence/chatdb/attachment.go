package chatdb

import (
	"context"
	"fmt"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
)

// file is what chat reads of a managed file.
type file struct {
	wire.ChatAttachmentView
	OrganizationID   *string `json:"organization_id"`
	UploadedByUserID *string `json:"uploaded_by_user_id"`
	DeletedAt        *string `json:"deleted_at"`
}

// usable reports whether a caller may give the file to others: it is there, is not
// another organization's, and is not private to somebody else.
func (f *file) usable(by Caller) bool {
	if f.DeletedAt != nil || (f.Status != nil && (*f.Status == "soft_deleted" || *f.Status == "purged")) {
		return false
	}
	if f.OrganizationID != nil && *f.OrganizationID != by.Organization {
		return false
	}
	private := f.Visibility != nil && *f.Visibility == "private"
	return !private || (f.UploadedByUserID != nil && *f.UploadedByUserID == by.User)
}

// Attachments looks up the files that a message wants to carry. A file that does
// not exist or that the caller may not use is not found.
func (s Store) Attachments(ctx context.Context, by Caller, wanted []wire.ChatAttachment) ([]wire.ChatAttachmentView, error) {
	views := make([]wire.ChatAttachmentView, 0, len(wanted))
	if len(wanted) == 0 {
		return views, nil
	}
	ids := make([]string, len(wanted))
	for i, a := range wanted {
		ids[i] = a.FileID
	}
	known, err := filesByID(ctx, s.DB, ids)
	if err != nil {
		return nil, err
	}
	for i, a := range wanted {
		f, ok := known[a.FileID]
		if !ok || !f.usable(by) {
			return nil, wire.Fail(wire.ChatNotFound, "attachment file not found: %s", a.FileID).At(fmt.Sprintf("attachments[%d].file_id", i))
		}
		views = append(views, f.view(a.FileID, a.Ordinal))
	}
	return views, nil
}

func (f *file) view(id string, ordinal int32) wire.ChatAttachmentView {
	v := f.ChatAttachmentView
	v.FileID, v.Ordinal = id, ordinal
	v.Link()
	return v
}

// describeFiles adds to the attachments of messages what is known of their files.
func describeFiles(ctx context.Context, db persistence.DB, lists ...[]wire.ChatAttachmentView) error {
	var ids []string
	for _, list := range lists {
		for _, a := range list {
			ids = append(ids, a.FileID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := filesByID(ctx, db, ids)
	if err != nil {
		return err
	}
	for _, list := range lists {
		for i, a := range list {
			f := known[a.FileID] // a file that is gone leaves its bare id
			list[i] = f.view(a.FileID, a.Ordinal)
		}
	}
	return nil
}

// filesByID reads managed files. Where storage was never set up for the client,
// there are none. A record is read by the names of its columns, as far as it has
// them: the table belongs to storage.
func filesByID(ctx context.Context, db persistence.DB, ids []string) (map[string]file, error) {
	known := map[string]file{}
	if has, err := persistence.One[bool](ctx, db, "table", sql.Get("has_files")); err != nil || !has {
		return known, err
	}
	type row struct{ ID, Record string }
	rows, err := persistence.All[row](ctx, db, sql.Get("files"), ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		var f file
		if err := json.Unmarshal([]byte(r.Record), &f); err != nil {
			return nil, fmt.Errorf("read file %s: %w", r.ID, err)
		}
		known[r.ID] = f
	}
	return known, nil
}

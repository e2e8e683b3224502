package chatdb

import (
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// column is one value of every send or event as an array parameter. It reads the
// values in place: the usual slices would cost an allocation for each value of each.
type column[T any] struct {
	rows []*T
	at   func(*T) any
}

func of[T any](rows []*T, at func(*T) any) column[T] { return column[T]{rows, at} }

// Dimensions, Index and IndexType make a column an array for pgx.
func (c column[T]) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(c.rows)), LowerBound: 1}}
}

// Index gives one value.
func (c column[T]) Index(i int) any { return c.at(c.rows[i]) }

// IndexType says that the type shows with the values.
func (c column[T]) IndexType() any { return nil }

// ids is a list of ids as an array parameter, read in place like a column.
type ids []uuid.UUID

// Dimensions, Index and IndexType make a list of ids an array for pgx.
func (l ids) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(l)), LowerBound: 1}}
}

// Index gives one id.
func (l ids) Index(i int) any { return uuidRef{&l[i]} }

// IndexType says that the type shows with the values.
func (l ids) IndexType() any { return nil }

// These hold one pointer each, which Go keeps in an interface without allocating;
// a nil pointer is NULL.
type (
	uuidRef struct{ *uuid.UUID }
	textRef struct{ *string }
	jsonRef struct{ *wire.JSONObject }
	int8Ref struct{ *int64 }
)

func (r uuidRef) UUIDValue() (pgtype.UUID, error) {
	if r.UUID == nil {
		return pgtype.UUID{}, nil
	}
	return pgtype.UUID{Bytes: *r.UUID, Valid: true}, nil
}

func (r uuidRef) ScanUUID(v pgtype.UUID) error {
	*r.UUID = v.Bytes
	return nil
}

func (r textRef) TextValue() (pgtype.Text, error) {
	if r.string == nil {
		return pgtype.Text{}, nil
	}
	return pgtype.Text{String: *r.string, Valid: true}, nil
}

func (r jsonRef) TextValue() (pgtype.Text, error) {
	return pgtype.Text{String: string(*r.JSONObject), Valid: len(*r.JSONObject) > 0}, nil
}

func (r int8Ref) Int64Value() (pgtype.Int8, error) {
	return pgtype.Int8{Int64: *r.int64, Valid: true}, nil
}

func roomOf(s *Send) any     { return uuidRef{&s.Message.RoomID} }
func idOf(s *Send) any       { return uuidRef{&s.Message.ID} }
func replyOf(s *Send) any    { return uuidRef{s.Message.ReplyToMessageID} }
func seqOf(s *Send) any      { return int8Ref{&s.Message.RoomSeq} }
func senderOf(s *Send) any   { return textRef{&s.Message.SenderID} }
func clientIDOf(s *Send) any { return textRef{s.Message.ClientMessageID} }
func textOf(s *Send) any     { return textRef{s.Message.BodyText} }
func bodyOf(s *Send) any     { return jsonRef{&s.Message.BodyJSON} }
func metadataOf(s *Send) any { return jsonRef{&s.Message.MetadataJSON} }

func (e *event) aboutRef() any    { return textRef{&e.about} }
func (e *event) aboutIDRef() any  { return textRef{&e.aboutID} }
func (e *event) roomRef() any     { return uuidRef{&e.Room} }
func (e *event) roomSeqRef() any  { return int8Ref{&e.RoomSeq} }
func (e *event) eventSeqRef() any { return int8Ref{&e.EventSeq} }
func (e *event) typeRef() any     { return textRef{&e.Type} }
func (e *event) payloadRef() any  { return textRef{&e.Payload} }

package wire

import (
	"bytes"
	"fmt"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// ChatMessage is one message of a room. A deleted message keeps its place and
// loses its content.
type ChatMessage struct {
	// ID is the message.
	ID uuid.UUID `json:"id"`
	// RoomID is the room it stands in.
	RoomID uuid.UUID `json:"room_id"`
	// RoomSeq is its number: the messages of a room are numbered from 1 without
	// a gap, and this number is their order.
	RoomSeq int64 `json:"room_seq"`
	// SenderID is the user who sent it.
	SenderID string `json:"sender_id"`
	// ClientMessageID is the sender's own id, which makes a repeat harmless.
	ClientMessageID *string `json:"client_message_id"`
	// BodyText is the text.
	BodyText *string `json:"body_text"`
	// BodyJSON is a structured body.
	BodyJSON JSONObject `json:"body_json"`
	// ReplyToMessageID is the message of the same room that this one answers.
	ReplyToMessageID *uuid.UUID `json:"reply_to_message_id"`
	// CreatedAt is when it was stored.
	CreatedAt time.Time `json:"created_at"`
	// EditedAt is when its sender last changed it.
	EditedAt *time.Time `json:"edited_at"`
	// DeletedAt is when it was deleted.
	DeletedAt *time.Time `json:"deleted_at"`
	// MetadataJSON is what applications keep beside the body.
	MetadataJSON JSONObject `json:"metadata_json"`
	// Attachments are the files sent with it.
	Attachments []ChatAttachmentView `json:"attachments"`
	// Reactions are counted for each emoji.
	Reactions []ChatReactionCount `json:"reactions"`
}

// JSONObject is a JSON object in its own text, or nil for null.
type JSONObject json.RawMessage

// MarshalJSON gives the text as it is.
func (o JSONObject) MarshalJSON() ([]byte, error) {
	if len(o) == 0 {
		return []byte("null"), nil
	}
	return o, nil
}

// UnmarshalJSON keeps the text of an object.
func (o *JSONObject) UnmarshalJSON(text []byte) error {
	text = bytes.TrimSpace(text)
	if string(text) == "null" {
		*o = nil
		return nil
	}
	if len(text) == 0 || text[0] != '{' || !json.Valid(text) {
		return Fail(InvalidJSON, "a JSON object is expected where the body has %.20q", text)
	}
	*o = bytes.Clone(text)
	return nil
}

// ChatMessagePage is a run of a room's history, the lowest number first.
type ChatMessagePage struct {
	// Items are the messages.
	Items []ChatMessage `json:"items"`
	// NextBeforeSeq leads to older messages; absent where the page is not full.
	NextBeforeSeq *int64 `json:"next_before_seq,omitempty"`
	// NextAfterSeq leads to newer messages where after_seq was asked for; absent
	// where the page is not full.
	NextAfterSeq *int64 `json:"next_after_seq,omitempty"`
}

// SendChatMessage asks for one message to be appended to a room.
type SendChatMessage struct {
	ChatRoomPath
	// ClientMessageID makes a retry of the same send harmless: it answers the
	// first message.
	ClientMessageID *string `json:"client_message_id"`
	// BodyText is the text, up to 64 KiB.
	BodyText *string `json:"body_text"`
	// BodyJSON is a structured body, up to 32 KiB.
	BodyJSON JSONObject `json:"body_json"`
	// ReplyToMessageID is a message of the same room.
	ReplyToMessageID *uuid.UUID `json:"reply_to_message_id"`
	// MetadataJSON is what applications keep beside the body, up to 32 KiB.
	MetadataJSON JSONObject `json:"metadata_json"`
	// Attachments are managed files, 32 at most.
	Attachments []ChatAttachment `json:"attachments"`
}

// Check reports the first thing wrong with the message.
func (m *SendChatMessage) Check() error {
	if emptyText(m.BodyText) && m.BodyJSON == nil && len(m.Attachments) == 0 {
		return badChat("body_text", "is empty, and so are body_json and attachments: a message needs one of them")
	}
	if err := checkOptionalName("client_message_id", m.ClientMessageID); err != nil {
		return err
	}
	if err := checkBody(m.BodyText, m.BodyJSON, m.MetadataJSON); err != nil {
		return err
	}
	return checkAttachments(m.Attachments)
}

func emptyText(text *string) bool { return text == nil || *text == "" }

func checkBody(text *string, body, metadata JSONObject) error {
	switch {
	case text != nil && len(*text) > maxChatText:
		return badChat("body_text", "must have at most %d bytes", maxChatText)
	case len(body) > maxChatJSON:
		return badChat("body_json", "must have at most %d bytes", maxChatJSON)
	case len(metadata) > maxChatJSON:
		return badChat("metadata_json", "must have at most %d bytes", maxChatJSON)
	}
	return nil
}

func checkAttachments(list []ChatAttachment) error {
	if len(list) > maxChatAttachments {
		return badChat("attachments", "must have at most %d entries", maxChatAttachments)
	}
	taken := make(map[int32]bool, len(list))
	for i, a := range list {
		if err := checkName(fmt.Sprintf("attachments[%d].file_id", i), a.FileID); err != nil {
			return err
		}
		if a.Ordinal < 0 || taken[a.Ordinal] {
			return badChat(fmt.Sprintf("attachments[%d].ordinal", i), "must not be negative or given twice")
		}
		taken[a.Ordinal] = true
	}
	return nil
}

// ListChatMessages asks for a page of a room's history: the newest page, or the
// one before or after a number.
type ListChatMessages struct {
	ChatRoomPath
	// Limit is how many messages to return: 50 where absent, 200 at most.
	Limit *int64 `query:"limit" json:"-"`
	// BeforeSeq asks for messages with lower numbers.
	BeforeSeq *int64 `query:"before_seq" json:"-"`
	// AfterSeq asks for messages with higher numbers, the lowest first.
	AfterSeq *int64 `query:"after_seq" json:"-"`
}

// Check reports the first thing wrong with the request.
func (r *ListChatMessages) Check() error {
	if r.BeforeSeq != nil && *r.BeforeSeq < 0 {
		return badChat("before_seq", "must not be negative")
	}
	if r.AfterSeq != nil && *r.AfterSeq < 0 {
		return badChat("after_seq", "must not be negative")
	}
	_, err := pageLimit(r.Limit, 50, 200)
	return err
}

// Page is the limit in force.
func (r *ListChatMessages) Page() int64 {
	limit, _ := pageLimit(r.Limit, 50, 200) // checked before
	return limit
}

// EditChatMessage asks for a change of a message's content. What is left out
// stays; null clears.
type EditChatMessage struct {
	ChatMessagePath
	// BodyText is the new text, up to 64 KiB.
	BodyText Maybe[string] `json:"body_text"`
	// BodyJSON is the new structured body, up to 32 KiB.
	BodyJSON Maybe[JSONObject] `json:"body_json"`
	// MetadataJSON is the new metadata, up to 32 KiB.
	MetadataJSON Maybe[JSONObject] `json:"metadata_json"`
}

// Check reports the first thing wrong with the request.
func (m *EditChatMessage) Check() error {
	if !m.BodyText.Set && !m.BodyJSON.Set && !m.MetadataJSON.Set {
		return badChat("body_text", "is missing, and so are body_json and metadata_json: an edit needs one of them")
	}
	return checkBody(m.BodyText.Value, object(m.BodyJSON), object(m.MetadataJSON))
}

func object(m Maybe[JSONObject]) JSONObject {
	if m.Value == nil {
		return nil
	}
	return *m.Value
}

// DeletedChatMessage confirms that a message is deleted.
type DeletedChatMessage struct {
	// OK is always true.
	OK bool `json:"ok"`
	// MessageID is the message.
	MessageID uuid.UUID `json:"message_id"`
}

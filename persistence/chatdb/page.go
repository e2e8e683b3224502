package chatdb

import (
	"context"
	"fmt"
	"math"

	"athena/persistence"
	"athena/persistence/rowjson"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
)

// Page reads a part of a room's history, the lowest number first: the newest page,
// or the messages around the numbers asked for. It appends a wire.ChatMessagePage in
// JSON to dst, which is written from what the database sends without becoming Go
// values on the way.
func (s Store) Page(ctx context.Context, by Caller, q *wire.ListChatMessages, dst []byte) ([]byte, error) {
	before := int64(math.MaxInt64)
	if q.BeforeSeq != nil {
		before = *q.BeforeSeq
	}
	rows, err := s.DB.Query(ctx, pageSQL, pgx.QueryResultFormats{pgx.TextFormatCode},
		by.User, uuidRef{&q.RoomID}, by.Organization, before, q.Page(), q.AfterSeq)
	if err != nil {
		return nil, Explain(err)
	}
	p := page{json: append(dst, `{"items":[`...)}
	if err := p.read(rows); err != nil {
		return nil, Explain(fmt.Errorf("read messages: %w", err))
	}
	switch {
	case !p.room:
		return nil, roomMissing(q.RoomID)
	case !p.member:
		return nil, notMember()
	}
	p.json = append(p.json, ']')
	if p.count == q.Page() {
		p.link(q.AfterSeq != nil)
	}
	p.json = append(p.json, '}')
	return p.attach(ctx, s.DB)
}

// page is a page of messages on its way into JSON.
type page struct {
	json         []byte
	room, member bool // whether there is such a room, and the caller is a member of it
	count        int64
	first, last  []byte // numbers
	attached     []attached
}

// attached are the attachments of one message, and where in the page they belong.
type attached struct {
	at    int
	files []wire.ChatAttachmentView
}

// members of a message in JSON, in the order of the columns; what is read behind them
// is in no message as it is.
var members = [...]struct {
	key    string
	encode rowjson.Encoder
}{
	{`{"id":`, rowjson.Text},
	{`,"room_id":`, rowjson.Text},
	{`,"room_seq":`, rowjson.Number},
	{`,"sender_id":`, rowjson.Text},
	{`,"client_message_id":`, rowjson.Text},
	{`,"body_text":`, rowjson.Text},
	{`,"body_json":`, rowjson.Verbatim},
	{`,"reply_to_message_id":`, rowjson.Text},
	{`,"created_at":`, moment},
	{`,"edited_at":`, moment},
	{`,"deleted_at":`, moment},
	{`,"metadata_json":`, rowjson.Verbatim},
	{`,"reactions":`, rowjson.Verbatim},
}

// Columns of a page that count beside being written.
const (
	idColumn, seqColumn = 0, 2
	attachmentsColumn   = len(members)
	memberColumn        = len(members) + 1
)

func (p *page) read(rows persistence.Rows) error {
	defer rows.Close()
	for rows.Next() {
		values := rows.RawValues()
		p.room, p.member = true, values[memberColumn][0] == 't'
		if values[idColumn] == nil {
			continue
		}
		if err := p.add(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (p *page) add(values [][]byte) error {
	if p.count > 0 {
		p.json = append(p.json, ',')
	} else {
		p.first = append(p.first, values[seqColumn]...)
	}
	p.count++
	p.last = append(p.last[:0], values[seqColumn]...)
	for i, m := range members {
		p.json = append(p.json, m.key...)
		if values[i] == nil {
			p.json = append(p.json, "null"...)
			continue
		}
		p.json = m.encode(p.json, values[i])
	}
	p.json = append(p.json, `,"attachments":[`...)
	if list := values[attachmentsColumn]; list != nil {
		a := attached{at: len(p.json)}
		if err := json.Unmarshal(list, &a.files); err != nil {
			return fmt.Errorf("read attachments: %w", err)
		}
		p.attached = append(p.attached, a)
	}
	p.json = append(p.json, "]}"...)
	return nil
}

// link tells where a full page goes on.
func (p *page) link(forward bool) {
	if forward {
		p.json = append(append(p.json, `,"next_after_seq":`...), p.last...)
		return
	}
	p.json = append(append(p.json, `,"next_before_seq":`...), p.first...)
}

// attach puts attachments in their places, with what is known of their files.
func (p *page) attach(ctx context.Context, db persistence.DB) ([]byte, error) {
	if len(p.attached) == 0 {
		return p.json, nil
	}
	lists := make([][]wire.ChatAttachmentView, len(p.attached))
	for i, a := range p.attached {
		lists[i] = a.files
	}
	if err := describeFiles(ctx, db, lists...); err != nil {
		return nil, err
	}
	var whole []byte
	from := 0
	for _, a := range p.attached {
		text, err := json.MarshalWithOption(a.files, json.DisableHTMLEscape())
		if err != nil {
			return nil, fmt.Errorf("encode attachments: %w", err)
		}
		whole = append(append(whole, p.json[from:a.at]...), text[1:len(text)-1]...)
		from = a.at
	}
	return append(whole, p.json[from:]...), nil
}

// moment writes a time as the other answers do, with Z for no offset.
func moment(dst, text []byte) []byte {
	dst = rowjson.Timestamptz(dst, text)
	const zero = `+00:00"`
	if n := len(dst) - len(zero); string(dst[n:]) == zero {
		dst = append(dst[:n], `Z"`...)
	}
	return dst
}

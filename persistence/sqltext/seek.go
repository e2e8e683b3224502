package sqltext

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"

	"athena/wire"
)

// Seek reads rows page by page, each from where the one before ended, in an order
// in which no two rows are equal. A row that is there through the whole walk is
// read once, whatever is added or removed meanwhile.
type Seek struct {
	// After holds what the last row read had in each term of the order; none begins.
	After []Value
	// Order is the fingerprint of the order that After belongs to.
	Order uint64
}

const (
	// SeekStart is what a caller sends to begin a walk.
	SeekStart = "start"
	// cursorVersion is the first byte of a cursor.
	cursorVersion = 1
	// cursorHead is the version, the fingerprint and the check sum.
	cursorHead = 1 + 8 + 4
	// maxMark bounds what of a row stands in a cursor, which travels in a header.
	maxMark = 3 << 10
)

var cursorText = base64.RawURLEncoding

// EncodeCursor writes what a caller sends to read on behind a row; mark is the row's
// values as the statement gave them.
func EncodeCursor(order uint64, mark []byte) (string, error) {
	if len(mark) > maxMark {
		return "", wire.Fail(wire.InvalidOrder, "the values that the rows are ordered by are too long for a cursor").At("order").
			WithHint("order by shorter columns")
	}
	raw := make([]byte, cursorHead, cursorHead+len(mark))
	raw[0] = cursorVersion
	binary.BigEndian.PutUint64(raw[1:], order)
	raw = append(raw, mark...)
	binary.BigEndian.PutUint32(raw[9:], cursorSum(raw))
	return cursorText.EncodeToString(raw), nil
}

// ParseCursor reads SeekStart or what EncodeCursor wrote. A cursor gives no right and
// hides nothing: its values are the parameters of a condition, like those of a filter.
// The check sum finds what was cut or mistyped.
func ParseCursor(text string) (*Seek, error) {
	if text == SeekStart {
		return &Seek{}, nil
	}
	raw, err := cursorText.Strict().DecodeString(text)
	if err != nil || len(raw) < cursorHead || len(raw) > cursorHead+maxMark || raw[0] != cursorVersion ||
		binary.BigEndian.Uint32(raw[9:]) != cursorSum(raw) {
		return nil, badCursor()
	}
	var texts []*string
	if err := json.Unmarshal(raw[cursorHead:], &texts); err != nil || len(texts) == 0 {
		return nil, badCursor()
	}
	s := &Seek{Order: binary.BigEndian.Uint64(raw[1:]), After: make([]Value, len(texts))}
	for i, text := range texts {
		if s.After[i] = Null; text != nil {
			s.After[i] = Raw(*text)
		}
		if err := checkText(wire.InvalidRequest, "cursor", s.After[i].Text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// cursorSum is over everything but itself.
func cursorSum(raw []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(raw[:9]), crc32.IEEETable, raw[cursorHead:])
}

func badCursor() error {
	return wire.Fail(wire.InvalidRequest, "this is not a cursor that this server gave").At("cursor").
		WithHint("send %s, then what the answer before had as its cursor", SeekStart)
}

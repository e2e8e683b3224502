package wss

import (
	"encoding/binary"

	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/goccy/go-json"
)

// The first byte of a whole frame, by its kind.
const (
	textFrame  = 0x81
	closeFrame = 0x88
	pingFrame  = 0x89
	pongFrame  = 0x8a
)

// Codes with which a socket is closed.
const (
	closeNormal      = 1000
	closeGoingAway   = 1001
	closeUnsupported = 1003
	closePolicy      = 1008
	closeInternal    = 1011
	closeTryLater    = 1013
)

// appendFrame writes a frame of a server, which is not masked.
func appendFrame(to []byte, kind byte, payload string) []byte {
	switch n := len(payload); {
	case n < 126:
		to = append(to, kind, byte(n))
	case n < 1<<16:
		to = binary.BigEndian.AppendUint16(append(to, kind, 126), uint16(n))
	default:
		to = binary.BigEndian.AppendUint64(append(to, kind, 127), uint64(n))
	}
	return append(to, payload...)
}

// encodeEvents writes a frame for each event.
func encodeEvents(list []chatdb.Event) []byte {
	size := 0
	for i := range list {
		size += len(list[i].Payload) + 10
	}
	bytes := make([]byte, 0, size)
	for i := range list {
		bytes = appendFrame(bytes, textFrame, list[i].Payload)
	}
	return bytes
}

// encodeFrame writes a frame of one JSON object.
func encodeFrame(content any) []byte {
	text, err := json.MarshalWithOption(content, json.DisableHTMLEscape())
	if err != nil {
		panic(err) // its types are ours: a mistake that any test shows
	}
	return appendFrame(nil, textFrame, string(text))
}

// closing is the frame that closes a socket. Its words have at most 123 bytes.
func closing(code int, words string) []byte {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return appendFrame(nil, closeFrame, string(append(payload, words...)))
}

func syncFrame() []byte {
	return encodeFrame(wire.LiveSync{Type: wire.EventSync, Reason: wire.SyncSlow})
}

func slowFrame() []byte {
	return closing(closeTryLater, "the events are not read as fast as they come")
}

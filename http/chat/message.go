package chat

import (
	"context"
	"fmt"
	"sync"

	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

func (a API) messageRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/chat/rooms/{room_id}/messages", Right: "chat.messages.read", Do: route.Rows[wire.ListChatMessages, wire.ChatMessagePage](a.listMessages), Fails: []int{404},
			Summary: "Read a room's history", Notes: "Messages come in the order of their numbers. Without before_seq and after_seq it is the newest page."},
		{Method: "POST", Path: "/chat/rooms/{room_id}/messages", Right: "chat.messages.write", Do: serve(a.sendMessage), Status: 201, Fails: []int{404, 409},
			Summary: "Send a message", Notes: "The answer comes after the message is stored and numbered. Sending the same client_message_id again answers the first message; with other content it is a conflict."},
		{Method: "PATCH", Path: "/chat/rooms/{room_id}/messages/{message_id}", Right: "chat.messages.write", Do: serve(a.editMessage), Fails: []int{404, 409},
			Summary: "Edit a message", Notes: "For its sender, within the server's time for edits."},
		{Method: "DELETE", Path: "/chat/rooms/{room_id}/messages/{message_id}", Right: "chat.messages.delete", Do: serve(a.deleteMessage), Fails: []int{404},
			Summary: "Delete a message", Notes: "It loses its content and keeps its place. For its sender and for owners and admins of the room; deleting twice changes nothing."},
		{Method: "POST", Path: "/chat/messages/search", Right: "chat.search.read", Do: serve(a.search), Fails: []int{404},
			Summary: "Find messages by their text", Notes: "Looks through the caller's rooms for a part of a text, upper and lower case alike, the newest first."},
	}
}

func (a API) listMessages(ctx context.Context, in *wire.ListChatMessages) (wire.Rows, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.Rows{}, err
	}
	buffer := pages.Get().(*[]byte)
	page, err := store.Page(ctx, by, in, (*buffer)[:0])
	if err != nil {
		pages.Put(buffer)
		return wire.Rows{}, err
	}
	return wire.Rows{JSON: page, Release: func() {
		if cap(page) <= keptPage {
			*buffer = page
			pages.Put(buffer)
		}
	}}, nil
}

// pages are buffers of pages that were written.
var pages = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// keptPage is the largest buffer that is kept for the next page, in bytes.
const keptPage = 256 << 10

func (a API) sendMessage(ctx context.Context, in *wire.SendChatMessage) (wire.Success[wire.ChatMessage], error) {
	client, by, err := caller(ctx)
	if err != nil {
		return wire.Success[wire.ChatMessage]{}, err
	}
	m, err := a.message(ctx, by, in)
	if err == nil {
		m, err = a.Rooms.Send(ctx, client, by, m)
	}
	return wire.OK("message sent", m), err
}

// message makes the message that a request asks for, all but its number and time.
func (a API) message(ctx context.Context, by chatdb.Caller, in *wire.SendChatMessage) (wire.ChatMessage, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return wire.ChatMessage{}, fmt.Errorf("make message id: %w", err)
	}
	m := wire.ChatMessage{
		ID: id, RoomID: in.RoomID, SenderID: by.User, ClientMessageID: in.ClientMessageID,
		BodyText: in.BodyText, BodyJSON: in.BodyJSON, MetadataJSON: in.MetadataJSON, ReplyToMessageID: in.ReplyToMessageID,
		Attachments: []wire.ChatAttachmentView{}, Reactions: []wire.ChatReactionCount{},
	}
	if len(in.Attachments) == 0 {
		return m, nil
	}
	store, by, err := a.store(ctx)
	if err == nil {
		m.Attachments, err = store.Attachments(ctx, by, in.Attachments)
	}
	return m, err
}

func (a API) editMessage(ctx context.Context, in *wire.EditChatMessage) (wire.ChatMessage, error) {
	return change(ctx, a, in.RoomID, chatdb.EditMessage{Edit: in, Window: a.EditWindow})
}

func (a API) deleteMessage(ctx context.Context, in *wire.ChatMessagePath) (wire.DeletedChatMessage, error) {
	return change(ctx, a, in.RoomID, chatdb.DeleteMessage{ID: in.MessageID})
}

func (a API) search(ctx context.Context, in *wire.SearchChat) (wire.ChatSearchPage, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.ChatSearchPage{}, err
	}
	return store.Search(ctx, by, in)
}

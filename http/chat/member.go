package chat

import (
	"context"

	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"
)

func (a API) memberRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/chat/rooms/{room_id}/members", Right: "chat.members.read", Do: serve(a.listMembers), Fails: []int{404},
			Summary: "List a room's members"},
		{Method: "POST", Path: "/chat/rooms/{room_id}/members", Right: "chat.members.write", Do: serve(a.addMembers), Fails: []int{404},
			Summary: "Add members or change their roles", Notes: "For owners and admins of the room; only an owner makes owners or demotes them, and the founding owner stays one. The answer has the members named."},
		{Method: "DELETE", Path: "/chat/rooms/{room_id}/members/{user_id}", Right: "chat.members.write", Do: serve(a.removeMember), Fails: []int{404},
			Summary: "Remove a member, or leave", Notes: "Anybody may leave but the last owner. Owners and admins remove others; only an owner removes owners, and never the founding one."},
		{Method: "POST", Path: "/chat/rooms/{room_id}/read-cursor", Right: "chat.read.write", Do: serve(a.moveCursor), Fails: []int{404},
			Summary: "Move the caller's read cursor forward", Notes: "It never goes back and never beyond the last message."},
	}
}

func (a API) listMembers(ctx context.Context, in *wire.ChatRoomPath) ([]wire.ChatMember, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	return store.Members(ctx, by, in.RoomID)
}

func (a API) addMembers(ctx context.Context, in *wire.AddChatMembers) ([]wire.ChatMember, error) {
	return change(ctx, a, in.RoomID, chatdb.AddMembers{Users: in.UserIDs, Role: in.Role})
}

func (a API) removeMember(ctx context.Context, in *wire.RemoveChatMember) (wire.RemovedChatMember, error) {
	return change(ctx, a, in.RoomID, chatdb.RemoveMember{User: in.UserID})
}

func (a API) moveCursor(ctx context.Context, in *wire.ReadChatUpTo) (wire.ChatReadCursor, error) {
	c := chatdb.MoveCursor{Message: in.MessageID}
	if in.Seq != nil {
		c.Seq = *in.Seq
	}
	return change(ctx, a, in.RoomID, c)
}

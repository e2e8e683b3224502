package chat

import (
	"context"

	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"
)

func (a API) roomRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/chat/rooms", Right: "chat.rooms.read", Do: serve(a.listRooms),
			Summary: "List the caller's rooms", Notes: "The room with the latest message comes first; archived rooms are left out unless asked for."},
		{Method: "POST", Path: "/chat/rooms", Right: "chat.rooms.write", Do: serve(a.createRoom), Status: 201, Also: []int{200}, Fails: []int{409},
			Summary: "Make a room", Notes: "The caller becomes its owner. Two users share one direct room in each organization: asking for it again finds it and answers 200."},
		{Method: "POST", Path: "/chat/rooms/direct/resolve", Right: "chat.rooms.write", Do: serve(a.resolveDirect), Status: 201, Also: []int{200}, Fails: []int{409},
			Summary: "Find or make the direct room of two users", Notes: "A user who had left the room is a member again."},
		{Method: "GET", Path: "/chat/rooms/{room_id}", Right: "chat.rooms.read", Do: serve(a.getRoom), Fails: []int{404},
			Summary: "Read a room"},
		{Method: "PATCH", Path: "/chat/rooms/{room_id}", Right: "chat.rooms.admin", Do: serve(a.updateRoom), Fails: []int{404},
			Summary: "Change a room's title", Notes: "For owners and admins of the room."},
		{Method: "POST", Path: "/chat/rooms/{room_id}/archive", Right: "chat.rooms.admin", Do: serve(a.archiveRoom), Fails: []int{404},
			Summary: "Close a room for new messages", Notes: "Its history stays readable. For owners and admins of the room; archiving twice changes nothing."},
	}
}

func (a API) listRooms(ctx context.Context, in *wire.ListChatRooms) (wire.ChatRoomPage, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.ChatRoomPage{}, err
	}
	items, err := store.Rooms(ctx, by, in)
	return wire.ChatRoomPage{Items: items}, err
}

func (a API) createRoom(ctx context.Context, in *wire.CreateChatRoom) (wire.CreatedChatRoom, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.CreatedChatRoom{}, err
	}
	if in.Kind == wire.RoomDM {
		return a.direct(ctx, store, by, "member_user_ids", in.MemberUserIDs, in.Title)
	}
	made, err := store.CreateRoom(ctx, by, in)
	a.told(ctx)
	return wire.CreatedChatRoom{Success: wire.OK("room created", made)}, err
}

func (a API) resolveDirect(ctx context.Context, in *wire.ResolveDirectRoom) (wire.CreatedChatRoom, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.CreatedChatRoom{}, err
	}
	pair := in.ParticipantUserIDs
	if pair[0] != by.User && pair[1] != by.User {
		return wire.CreatedChatRoom{}, wire.Fail(wire.ChatForbidden, "the caller must be one of the two users").At("participant_user_ids")
	}
	return a.direct(ctx, store, by, "participant_user_ids", pair, nil)
}

// direct finds or makes the caller's room with the one other user of a list; the
// list may name the caller too.
func (a API) direct(ctx context.Context, store chatdb.Store, by chatdb.Caller, field string, users []string, title *string) (wire.CreatedChatRoom, error) {
	others := map[string]struct{}{}
	for _, user := range users {
		if user != by.User {
			others[user] = struct{}{}
		}
	}
	if len(others) != 1 {
		return wire.CreatedChatRoom{}, wire.Fail(wire.ChatBadRequest, "a direct room joins the caller and exactly one other user").At(field)
	}
	for other := range others {
		users = []string{other}
	}
	r, found, err := store.DirectRoom(ctx, by, users[0], title)
	a.told(ctx)
	message := "room created"
	if found {
		message = "room found"
	}
	return wire.CreatedChatRoom{Success: wire.OK(message, r), Found: found}, err
}

func (a API) getRoom(ctx context.Context, in *wire.ChatRoomPath) (wire.ChatRoom, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.ChatRoom{}, err
	}
	return store.Room(ctx, by, in.RoomID)
}

func (a API) updateRoom(ctx context.Context, in *wire.UpdateChatRoom) (wire.ChatRoom, error) {
	return change(ctx, a, in.RoomID, chatdb.Rename{Title: in.Title.Value})
}

func (a API) archiveRoom(ctx context.Context, in *wire.ChatRoomPath) (wire.ChatRoom, error) {
	return change(ctx, a, in.RoomID, chatdb.Archive{})
}

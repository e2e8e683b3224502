package chat

import (
	"context"

	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

func (a API) reactionRoutes() route.Table {
	return route.Table{
		{Method: "POST", Path: "/chat/messages/{message_id}/reactions", Right: "chat.reactions.write", Do: serve(a.addReaction), Fails: []int{404},
			Summary: "React to a message", Notes: "Each user has each emoji once; reacting twice changes nothing."},
		{Method: "DELETE", Path: "/chat/messages/{message_id}/reactions/{emoji}", Right: "chat.reactions.write", Do: serve(a.removeReaction), Fails: []int{404},
			Summary: "Take a reaction back"},
	}
}

func (a API) addReaction(ctx context.Context, in *wire.AddChatReaction) (wire.ChatReactionSummary, error) {
	return a.react(ctx, in.MessageID, chatdb.AddReaction{Message: in.MessageID, Emoji: in.Emoji})
}

func (a API) removeReaction(ctx context.Context, in *wire.RemoveChatReaction) (wire.ChatReactionSummary, error) {
	return a.react(ctx, in.MessageID, chatdb.RemoveReaction{Message: in.MessageID, Emoji: in.Emoji})
}

// react makes a change of the room that a message stands in.
func (a API) react(ctx context.Context, message uuid.UUID, c chatdb.Change[wire.ChatReactionSummary]) (wire.ChatReactionSummary, error) {
	store, by, err := a.store(ctx)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	id, err := store.RoomOf(ctx, by, message)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	return change(ctx, a, id, c)
}

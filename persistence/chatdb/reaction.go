package chatdb

import (
	"context"

	"athena/wire"

	"github.com/google/uuid"
)

// AddReaction puts the caller's emoji at a message.
type AddReaction struct {
	Message uuid.UUID
	Emoji   string
}

func (a AddReaction) apply(ctx context.Context, t *Turn) (wire.ChatReactionSummary, error) {
	m, err := t.reactable(ctx, a.Message)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	n, err := t.exec(ctx, "react", a.Message, t.By.User, a.Emoji, t.now)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	return t.reacted(ctx, m, n > 0)
}

// RemoveReaction takes the caller's emoji back.
type RemoveReaction struct {
	Message uuid.UUID
	Emoji   string
}

func (r RemoveReaction) apply(ctx context.Context, t *Turn) (wire.ChatReactionSummary, error) {
	m, err := t.reactable(ctx, r.Message)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	n, err := t.exec(ctx, "unreact", r.Message, t.By.User, r.Emoji)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	if n == 0 {
		return wire.ChatReactionSummary{}, wire.Fail(wire.ChatNotFound, "reaction %s was not found", r.Emoji).At("emoji")
	}
	return t.reacted(ctx, m, true)
}

// reactable reads a message that can be reacted to: a deleted one cannot.
func (t *Turn) reactable(ctx context.Context, id uuid.UUID) (wire.ChatMessage, error) {
	m, err := t.message(ctx, id)
	if err == nil && m.DeletedAt != nil {
		err = messageMissing(id)
	}
	return m, err
}

// reacted counts the reactions to a message anew and tells of them.
func (t *Turn) reacted(ctx context.Context, m wire.ChatMessage, changed bool) (wire.ChatReactionSummary, error) {
	now, err := t.message(ctx, m.ID)
	if err != nil {
		return wire.ChatReactionSummary{}, err
	}
	summary := wire.ChatReactionSummary{MessageID: m.ID, Reactions: now.Reactions}
	if !changed {
		return summary, nil
	}
	return summary, t.tell(aboutMessage, m.ID.String(), wire.EventReaction, func(e *wire.ChatEvent) {
		e.MessageID, e.MessageSeq, e.UserID = &m.ID, &m.RoomSeq, t.By.User
		e.Summary = &wire.ChatReactionSummary{MessageID: m.ID, Reactions: unmarked(now.Reactions)}
	})
}

// unmarked are counts as nobody in particular sees them.
func unmarked(counts []wire.ChatReactionCount) []wire.ChatReactionCount {
	public := make([]wire.ChatReactionCount, len(counts))
	for i, c := range counts {
		public[i] = wire.ChatReactionCount{Emoji: c.Emoji, Count: c.Count}
	}
	return public
}

package main

import (
	"context"
	"errors"

	"athena/actors/live"
	"athena/actors/room"
	"athena/http/server"
	"athena/http/wss"
	"athena/persistence/notify"
	"athena/wire"
)

// startChat starts the rooms and what brings their events to whom they concern.
func (s *service) startChat() {
	c := &s.config.Chat
	s.live = live.New(s.system, s.clients, live.Config{Retention: c.OutboxRetention, Listen: s.listen})
	s.rooms = room.New(s.system, s.clients, room.Config{Rate: c.RateLimit, Publish: s.live.Publish})
	s.sockets = wss.NewSockets(wss.Limits{Connections: c.MaxSockets})
}

func (s *service) liveAPI() wss.API {
	return wss.API{
		Hub: s.live, Rooms: s.rooms, Databases: s.clients, Sessions: s.known,
		Gateway: server.Later(func() *server.Server { return s.server }),
		Origins: s.config.API.CORSOrigins, Sockets: s.sockets, Log: s.log,
	}
}

// listen hears what other nodes tell in a client's database.
func (s *service) listen(ctx context.Context, client string, changed map[string]func(string)) {
	var subscriptions []notify.Subscription
	for channel, do := range changed {
		subscriptions = append(subscriptions, notify.Subscription{Channel: channel, Changed: do})
	}
	notify.Listen(ctx, func() (string, error) { return s.address(client) }, s.log.With("client", client), subscriptions...)
}

// address is where a client's database is now.
func (s *service) address(client string) (string, error) {
	for _, target := range s.clients.Targets() {
		if target.Name == client {
			return target.URI, target.Broken
		}
	}
	return "", wire.Fail(wire.ClientUnknown, "there is no client %q", client)
}

// hangUp takes no more requests and closes all live connections, each with a word,
// while requests in flight are finished.
func (s *service) hangUp(ctx context.Context) error {
	closed := make(chan error, 1)
	go func() { closed <- s.sockets.Close(ctx) }()
	err := s.server.Shutdown(ctx)
	return errors.Join(err, <-closed)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"athena/actors/collector"
	"athena/actors/jobs"
	"athena/http/clients"
	"athena/persistence/chatdb"
	"athena/persistence/inspectdb"
	"athena/persistence/logsdb"
)

// upkeepEvery is how often old log rows are looked for, and new days made.
const upkeepEvery = time.Hour

const (
	// backfillEvery is how soon a backfill that was asked for begins.
	backfillEvery = 10 * time.Second
	// longLook is the time to look at every client's database, many of which may
	// be out of reach.
	longLook = 30 * time.Minute
	// forgetBatch is how many rows one transaction removes of old rooms.
	forgetBatch = 1000
)

// HealthConfig is about how clients and their databases are watched.
type HealthConfig struct {
	VacuumEvery   time.Duration `koanf:"vacuum_every" help:"how often it is looked how much vacuum has left to do in each client's database"`
	PressureEvery time.Duration `koanf:"pressure_every" help:"how often it is noted how hard the clients are pressed"`
}

func (s *service) collector() *collector.Collector {
	return &collector.Collector{Clients: s.clients, Store: s.control.statistics(), Seen: s.control.clients().Seen, Host: hostName(), Instance: s.id}
}

// background lists what is done beside the requests.
func (s *service) background() []jobs.Job {
	list := []jobs.Job{
		{Name: clients.CountJob, Every: s.config.Logs.CountEvery, Together: true, Do: s.countLogs},
		{Name: "log retention", Every: upkeepEvery, Together: true, Do: s.keepLogs},
		{Name: "vacuum health", Every: s.config.Health.VacuumEvery, Together: true, Timeout: longLook, Do: s.collector().Vacuum},
		{Name: "pressure", Every: s.config.Health.PressureEvery, Do: func(ctx context.Context) error {
			return s.collector().Pressure(ctx, s.config.Health.PressureEvery)
		}},
		{Name: "admission events", Every: flushAdmissionsEvery, Do: s.admission.Flush},
		{Name: "pressure backfill", Every: backfillEvery, Together: true, Do: s.control.statistics().Backfill},
	}
	list = append(list, s.deferredUpkeep()...)
	if s.config.Chat.RoomRetention > 0 {
		list = append(list, jobs.Job{Name: "room retention", Every: upkeepEvery, Together: true, Timeout: longLook, Do: s.keepRooms})
	}
	return list
}

func (s *service) logStore() logsdb.Store { return logsdb.Store{Pool: s.control.logs} }

// countLogs adds to the statistics what was logged so far.
func (s *service) countLogs(ctx context.Context) error {
	if err := s.logs.Flush(ctx); err != nil {
		return err
	}
	requests, operations, err := s.logStore().Written(ctx)
	if err != nil {
		return err
	}
	return s.control.statistics().Count(ctx, requests, operations)
}

// keepLogs makes room in the logs.
func (s *service) keepLogs(ctx context.Context) error {
	dropped, err := s.logStore().Maintain(ctx, s.config.Logs.Retention)
	if dropped > 0 {
		s.log.Info("old days of the logs dropped", "partitions", dropped)
	}
	if err != nil {
		return err
	}
	return s.control.statistics().PruneSnapshots(ctx, s.config.Logs.Retention)
}

// keepRooms makes room in the chats of clients. One that cannot be reached does not
// hold up the others.
func (s *service) keepRooms(ctx context.Context) error {
	var failures []error
	for _, target := range s.clients.Targets() {
		if target.Inactive || target.Frozen {
			continue
		}
		err := s.clients.Visit(ctx, target.Name, func(db inspectdb.Database) error {
			removed, err := chatdb.Store{DB: db.DB}.Forget(ctx, s.config.Chat.RoomRetention, forgetBatch)
			if removed > 0 {
				s.log.Info("old chat rooms removed", "client", target.Name, "rooms", removed)
			}
			return err
		})
		if err != nil {
			failures = append(failures, fmt.Errorf("rooms of client %s: %w", target.Name, err))
		}
	}
	return errors.Join(failures...)
}

func (s *service) clientsAPI() clients.API {
	return clients.API{
		Catalog: s.control.clients(), Clients: s.clients, Daemons: s.control.daemons(), Configured: s.configured,
		Statistics: s.control.statistics(), Jobs: s.jobs, Collector: s.collector(), Estimates: clients.NewEstimates(),
	}
}

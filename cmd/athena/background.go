package main

import (
	"context"
	"time"

	"athena/actors/jobs"
	"athena/http/clients"
	"athena/persistence/logsdb"
)

// upkeepEvery is how often old log rows are looked for, and new days made.
const upkeepEvery = time.Hour

// background lists what is done beside the requests.
func (s *service) background() []jobs.Job {
	return []jobs.Job{
		{Name: clients.CountJob, Every: s.config.Logs.CountEvery, Together: true, Do: s.countLogs},
		{Name: "log retention", Every: upkeepEvery, Together: true, Do: s.keepLogs},
	}
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
	return err
}

func (s *service) clientsAPI() clients.API {
	return clients.API{
		Catalog: s.control.clients(), Clients: s.clients, Daemons: s.control.daemons(), Configured: s.configured,
		Statistics: s.control.statistics(), Jobs: s.jobs,
	}
}

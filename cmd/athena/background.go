package main

import (
	"context"
	"time"

	"athena/actors/collector"
	"athena/actors/jobs"
	"athena/http/clients"
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
)

// HealthConfig is about how clients and their databases are watched.
type HealthConfig struct {
	VacuumEvery   time.Duration `koanf:"vacuum_every" help:"how often it is looked how much vacuum has left to do in each client's database"`
	PressureEvery time.Duration `koanf:"pressure_every" help:"how often it is noted how hard the clients are pressed"`
}

func (s *service) collector() *collector.Collector {
	return &collector.Collector{Clients: s.clients, Store: s.control.statistics(), Host: hostName(), Instance: s.id}
}

// background lists what is done beside the requests.
func (s *service) background() []jobs.Job {
	return []jobs.Job{
		{Name: clients.CountJob, Every: s.config.Logs.CountEvery, Together: true, Do: s.countLogs},
		{Name: "log retention", Every: upkeepEvery, Together: true, Do: s.keepLogs},
		{Name: "vacuum health", Every: s.config.Health.VacuumEvery, Together: true, Timeout: longLook, Do: s.collector().Vacuum},
		{Name: "pressure", Every: s.config.Health.PressureEvery, Do: func(ctx context.Context) error {
			return s.collector().Pressure(ctx, s.config.Health.PressureEvery)
		}},
		{Name: "admission events", Every: flushAdmissionsEvery, Do: s.admission.Flush},
		{Name: "pressure backfill", Every: backfillEvery, Together: true, Do: s.control.statistics().Backfill},
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
	if err != nil {
		return err
	}
	return s.control.statistics().PruneSnapshots(ctx, s.config.Logs.Retention)
}

func (s *service) clientsAPI() clients.API {
	return clients.API{
		Catalog: s.control.clients(), Clients: s.clients, Daemons: s.control.daemons(), Configured: s.configured,
		Statistics: s.control.statistics(), Jobs: s.jobs, Collector: s.collector(), Estimates: clients.NewEstimates(),
	}
}

// Package jobs does what is to be done again and again in the background, such as
// adding up the logs. There is one actor for each job. It promises that a job never
// runs twice at once in this process, nor, if it is a job of all nodes together, in
// two of them, and that a run that fails or panics is told in the log and in the
// register and is followed by the next one. It does not promise that a run was
// ended well when a process is lost: what a job does must bear to be done again.
package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/google/uuid"
)

// Job is something to do again and again.
type Job struct {
	// Name says what is done, in a few words; it is unique.
	Name string
	// Every is the pause between the beginnings of two runs.
	Every time.Duration
	// Together says that the nodes do it together: one of them in each interval.
	Together bool
	// Timeout bounds one run; default 5 minutes.
	Timeout time.Duration
	// Do is one run.
	Do func(context.Context) error
}

const defaultTimeout = 5 * time.Minute

// Register keeps who does a job that the nodes do together, and how it went.
type Register interface {
	// Claim reports whether this process may begin a run that was last begun at
	// least every ago; the claim ends after lease. The id is new for each claim.
	Claim(ctx context.Context, job string, id uuid.UUID, every, lease time.Duration) (bool, error)
	// Finish gives the claim with the id back, if it is held, and nobody else's;
	// failure is empty where all went well.
	Finish(ctx context.Context, job string, id uuid.UUID, failure string) error
}

// Jobs are the jobs of this process.
type Jobs struct {
	system   *actors.System
	register Register
	jobs     map[string]Job
	family   *actors.Family[string]
	base     context.Context
	end      context.CancelFunc
	late     sync.WaitGroup // runs under way
}

// New knows the jobs; nothing runs before Start. It panics on a name given twice,
// which is a mistake of ours.
func New(system *actors.System, register Register, list ...Job) *Jobs {
	j := &Jobs{system: system, register: register, jobs: map[string]Job{}}
	j.base, j.end = context.WithCancel(context.Background())
	for _, job := range list {
		if _, taken := j.jobs[job.Name]; taken {
			panic("jobs: two jobs are called " + job.Name)
		}
		if job.Timeout == 0 {
			job.Timeout = defaultTimeout
		}
		j.jobs[job.Name] = job
	}
	j.family = actors.NewFamily(system, "job", actors.Policy{}, func(name string) actors.Actor {
		return &worker{jobs: j, job: j.jobs[name]}
	})
	return j
}

// Start has every job run now, if it is due, and then again and again.
func (j *Jobs) Start(ctx context.Context) error {
	for name := range j.jobs {
		if _, err := actors.Ask(ctx, j.family, name, &begin{}); err != nil {
			return fmt.Errorf("start job %s: %w", name, err)
		}
	}
	return nil
}

// Run has a job run now, whether it is due or not, and waits for the end of a run
// that began after the call.
func (j *Jobs) Run(ctx context.Context, name string) error {
	if _, known := j.jobs[name]; !known {
		return fmt.Errorf("there is no job %q", name)
	}
	_, err := actors.Ask(ctx, j.family, name, &now{})
	return err
}

// Drain cancels what runs, waits for its end and runs nothing more.
func (j *Jobs) Drain(ctx context.Context) error {
	j.end()
	if err := j.family.Drain(ctx); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { j.late.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain jobs: %w", ctx.Err())
	}
}

func stopping(name string) error {
	return wire.Fail(wire.ShuttingDown, "the job %s is being stopped", name).After(time.Second)
}

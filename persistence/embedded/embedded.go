// Package embedded makes and supervises a private PostgreSQL cluster in a data
// directory, so that Athena runs on a machine where no database was set up.
//
// What it promises:
//
//   - One folder has at most one owner: Open takes a file lock and names the
//     process that holds it when it is taken.
//   - Whatever was killed, and when, the next Open ends with a running server and
//     every committed row: a half-made cluster is made anew, a server that
//     outlived its Athena is ended properly before a new one starts.
//   - A server that dies is started again, on the same port, for as long as the
//     cluster is open.
//   - A server does not outlive its Athena: a guard process shuts it down as soon
//     as the owner is gone, however it went.
//
// The server listens on the loopback address and on a unix socket, asks for a
// random password, and never runs as root. Connections are cut by a restart;
// callers need a pool that reconnects.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Config says where the cluster lives and what runs it. Only Dir is required.
type Config struct {
	// Dir is the folder of the cluster. It is made when missing.
	Dir string
	// Binaries are the server's programs. Zero finds those of this host that fit
	// the cluster.
	Binaries Binaries
	// Search lists folders in which Find also looks for servers from npm.
	Search []string
	// Settings are added to, and win over, the server settings chosen here.
	Settings map[string]string
	// Ephemeral is for throwaway clusters: nothing is synced to disk, so that
	// commits survive a killed server but not a power cut, and the folder is
	// removed when the owner closes it or dies.
	Ephemeral bool
	// Log receives life-cycle events. Nil keeps quiet.
	Log *slog.Logger
}

// Cluster is a running PostgreSQL cluster. Its methods may be called from any
// goroutine.
type Cluster struct {
	cfg      Config
	home     home
	account  *account
	password string
	port     int
	lock     *lock // nil when another process owns the cluster
	log      *slog.Logger

	mu      sync.Mutex
	state   State
	changed chan struct{} // closed and replaced at every change of state

	closeOnce sync.Once
	stopCtx   context.Context // of the caller of Close; set before cancel is called
	cancel    func()
	done      chan struct{}
	closeErr  error // set before done is closed
}

// Open makes the cluster in cfg.Dir if there is none yet, starts it and keeps it
// running until Close. It fails with ErrInUse when another process has it open.
// Open may take as long as crash recovery takes; ctx bounds the wait.
func Open(ctx context.Context, cfg Config) (*Cluster, error) {
	h, err := newHome(cfg.Dir)
	if err != nil {
		return nil, err
	}
	held, err := takeLock(h.lock())
	if err != nil {
		return nil, err
	}
	return openLocked(ctx, cfg, h, held)
}

// openLocked is Open for whoever already holds the folder's lock; a failure
// releases it.
func openLocked(ctx context.Context, cfg Config, h home, held *lock) (*Cluster, error) {
	c := newCluster(cfg, h)
	c.lock = held
	first, err := c.begin(ctx)
	if err != nil {
		return nil, errors.Join(err, held.release())
	}
	c.setState(Ready)
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	go c.supervise(life, first)
	return c, nil
}

// begin leads from a folder in any state to a server that answers.
func (c *Cluster) begin(ctx context.Context) (*server, error) {
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	return c.firstStart(ctx)
}

func newCluster(cfg Config, h home) *Cluster {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Cluster{
		cfg: cfg, home: h, log: log,
		changed: make(chan struct{}),
		done:    make(chan struct{}),
	}
}

// Make makes the cluster in cfg.Dir, if there is none yet, without starting it.
func Make(ctx context.Context, cfg Config) error {
	h, err := newHome(cfg.Dir)
	if err != nil {
		return err
	}
	held, err := takeLock(h.lock())
	if err != nil {
		return err
	}
	return errors.Join(newCluster(cfg, h).prepare(ctx), held.release())
}

// chooseBinaries settles which programs run the cluster. A folder that another
// major version made is refused: the server would refuse it too, less clearly.
func (c *Cluster) chooseBinaries() error {
	made, err := c.home.major()
	if err != nil {
		return err
	}
	if c.cfg.Binaries == (Binaries{}) {
		c.cfg.Binaries, err = findMajor(made, c.cfg.Search)
		return err
	}
	if made != 0 && made != c.cfg.Binaries.Major {
		return fmt.Errorf("embedded: %s was made by PostgreSQL %d, but %s holds version %d: point ATHENA_PG_BIN to a version %d",
			c.home.dir, made, c.cfg.Binaries.Dir, c.cfg.Binaries.Major, made)
	}
	return nil
}

// prepare makes the folders, the password and, where there is none, the cluster.
func (c *Cluster) prepare(ctx context.Context) (err error) {
	if err := c.chooseBinaries(); err != nil {
		return err
	}
	if c.account, err = serverAccount(c.cfg.Binaries.Dir, c.home.dir); err != nil {
		return err
	}
	if err := c.home.prepare(c.account); err != nil {
		return err
	}
	if c.password, err = c.home.password(); err != nil {
		return err
	}
	return c.make(ctx)
}

// make runs initdb where there is no cluster.
func (c *Cluster) make(ctx context.Context) error {
	began := time.Now()
	made, err := c.initdb(ctx)
	if made {
		c.log.Info("made a PostgreSQL cluster", "dir", c.home.dir,
			"version", c.cfg.Binaries.Major, "took", time.Since(began))
	}
	return err
}

// settings are the server's settings in force: what a small machine with an OLTP
// load wants, then what the caller asked for, then what must be as it is.
func (c *Cluster) settings() map[string]string {
	all := map[string]string{
		"shared_buffers":       "128MB",
		"max_connections":      "200",
		"work_mem":             "8MB",
		"maintenance_work_mem": "64MB",
		"random_page_cost":     "1.1",
		"jit":                  "off", // compiling costs more than short statements take
		"wal_buffers":          "16MB",
		"min_wal_size":         "256MB",
		"max_wal_size":         "2GB",
		"checkpoint_timeout":   "15min",
		"timezone":             "UTC",
		"log_timezone":         "UTC",
		"log_line_prefix":      "%m [%p] %d ",
	}
	if c.cfg.Ephemeral {
		maps.Copy(all, map[string]string{
			"fsync": "off", "full_page_writes": "off",
		})
	}
	maps.Copy(all, c.cfg.Settings)
	maps.Copy(all, map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    fmt.Sprint(c.port),
		"unix_socket_directories": c.home.socket(),
		"logging_collector":       "off", // the log file is ours to cap
	})
	return all
}

package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"athena/bench/contender"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// node is a server with its own line to Postgres.
type node struct {
	n      int
	listen string
	run    *run
	line   *toxiproxy.Proxy
	server *exec.Cmd
	ended  chan struct{} // closed once the server has
}

// startTime is how long a server may take to answer.
const startTime = time.Minute

func newNode(r *run, n int) (*node, error) {
	listen, err := contender.FreeAddress()
	if err != nil {
		return nil, err
	}
	lines := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	line := toxiproxy.NewProxy(lines, fmt.Sprintf("node-%d", n), "127.0.0.1:0", r.System.Postgres())
	if err := line.Start(); err != nil {
		return nil, fmt.Errorf("start the line of server %d: %w", n, err)
	}
	return &node{n: n, listen: listen, run: r, line: line}, nil
}

// start runs the server and returns once it answers.
func (n *node) start(ctx context.Context) error {
	n.server, n.ended = n.run.System.Node(n.n, n.listen, n.line.Listen), make(chan struct{})
	if err := n.server.Start(); err != nil {
		n.server = nil
		return fmt.Errorf("start server %d: %w", n.n, err)
	}
	server, ended := n.server, n.ended
	go func() {
		_ = server.Wait() // how it ended is seen in its log
		close(ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for !n.answers(ctx) {
		select {
		case <-n.ended:
			return fmt.Errorf("server %d ended while it started", n.n)
		case <-ctx.Done():
			return fmt.Errorf("server %d does not answer: %w", n.n, ctx.Err())
		case <-time.After(retryPause / 2):
		}
	}
	return nil
}

func (n *node) answers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.listen+"/ping", nil)
	if err != nil {
		return false
	}
	response, err := n.run.web.client.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// kill ends the server at once, in the middle of whatever it does.
func (n *node) kill() error {
	select {
	case <-n.ended:
		return fmt.Errorf("server %d had ended by itself", n.n)
	default:
	}
	if err := n.server.Process.Kill(); err != nil {
		return fmt.Errorf("kill server %d: %w", n.n, err)
	}
	<-n.ended
	return nil
}

// disturb puts a fault on the line for a while. With cut the connections end with
// it, so that nothing that was held back arrives.
func (n *node) disturb(ctx context.Context, toxic string, long time.Duration, cut bool) error {
	if _, err := n.line.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		return fmt.Errorf("disturb the line of server %d: %w", n.n, err)
	}
	pause(ctx, long)
	if cut {
		n.line.Stop()
	}
	if err := n.line.Toxics.RemoveToxic(context.WithoutCancel(ctx), "fault"); err != nil {
		return fmt.Errorf("mend the line of server %d: %w", n.n, err)
	}
	if cut {
		return n.line.Start()
	}
	return nil
}

// close ends the server and its line.
func (n *node) close() error {
	var err error
	if n.server != nil {
		err = n.kill()
	}
	n.line.Stop()
	if err != nil {
		return errors.Join(err, errors.New("its log tells why"))
	}
	return nil
}

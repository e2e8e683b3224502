// Command athena is a gateway that serves PostgreSQL databases and ordered chat
// over HTTP. `athena serve` runs the server; the other commands look after its
// keys, clients and databases, while it runs and while it does not.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"athena/wire"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-json"
)

// version is set when a release is built.
var version = "0.1.0"

// cli is the whole command line.
type cli struct {
	Config  string `help:"Configuration file." type:"path" placeholder:"FILE"`
	DataDir string `help:"Folder of the embedded database and of generated secrets." placeholder:"DIR"`

	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Migrate migrateCommand `cmd:"" help:"Bring the control database, and a client's if named, to this version."`
	Key     keyCommand     `cmd:"" help:"Make, list and revoke API keys."`
	Client  clientCommand  `cmd:"" help:"Add, list and remove clients."`
	Session sessionCommand `cmd:"" help:"Make session tokens for chat."`
	Psql    psqlCommand    `cmd:"" help:"Open psql on a client's database."`
	Chat    chatCommand    `cmd:"" help:"Talk in a room: what is sent there is printed, what is typed is sent."`
	Bench   benchCommand   `cmd:"" help:"Put Athena to the test."`
	Doctor  doctorCommand  `cmd:"" help:"Check this installation and say what to do about problems."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// program is what every command gets: the configuration and the outside world.
type program struct {
	config    Config
	configErr error // only commands that tolerate it see one
	environ   func(string) (string, bool)
	in        io.Reader
	out       io.Writer
	err       io.Writer
}

// load reads the configuration with the settings of the command line on top.
func (c *cli) load(environ func(string) (string, bool), overrides map[string]any) (Config, error) {
	if c.DataDir != "" {
		overrides["data_dir"] = c.DataDir
	}
	return loadConfig(c.Config, environ, overrides)
}

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the program without the process around it.
func run(args []string, environ func(string) (string, bool), out, errOut io.Writer) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("athena"), kong.Writers(out, errOut), kong.UsageOnError(),
		kong.Description("PostgreSQL databases and ordered chat over HTTP."))
	if err != nil {
		fmt.Fprintln(errOut, "athena:", err)
		return 2
	}
	selected, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(errOut, "athena:", err)
		return 2
	}
	config, err := c.load(environ, c.Serve.overrides())
	if err != nil && !toleratesBadConfig(selected.Command()) {
		fmt.Fprintln(errOut, "athena:", err)
		return 2
	}
	ctx, stop := signals()
	defer stop()
	selected.BindTo(ctx, (*context.Context)(nil))
	if err := selected.Run(&program{config, err, environ, os.Stdin, out, errOut}); err != nil {
		fmt.Fprintln(errOut, "athena:", err)
		if problem, ok := wire.AsProblem(err); ok && problem.Hint != "" {
			fmt.Fprintln(errOut, "athena:", problem.Hint)
		}
		return 1
	}
	return 0
}

// toleratesBadConfig names the commands that help to mend a configuration.
func toleratesBadConfig(command string) bool { return command == "doctor" || command == "version" }

// signals gives a context that ends with the first interrupt; the second ends
// the process at once.
func signals() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-received
		cancel()
		<-received
		os.Exit(130)
	}()
	return ctx, cancel
}

// print writes a result for a script or for a person.
func (p *program) print(asJSON bool, result any, text string) error {
	if !asJSON {
		_, err := fmt.Fprintln(p.out, text)
		return err
	}
	encoder := json.NewEncoder(p.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

type versionCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run prints the version.
func (c *versionCommand) Run(p *program) error {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return p.print(c.JSON, map[string]string{"version": version, "revision": revision}, "athena "+version)
}

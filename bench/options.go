package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"athena/bench/contender"
	"athena/bench/scenario"
)

// options are what the command line says.
type options struct {
	scenarios   []scenario.Scenario
	connections []int // none: each scenario's own
	duration    time.Duration
	warmUp      time.Duration
	rounds      int
	only        string // the one contender to measure; empty for both
	json        bool

	shrink int
	memory bool

	soak            time.Duration
	soakConnections int

	binary   string
	data     string // folder to work in; empty for a temporary one
	url      string
	running  contender.Running
	database string
}

func parse(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	scenarios := flags.String("scenarios", "", "`names` to run, separated by commas: "+strings.Join(scenario.Names(), ", ")+" (default all; none for no scenario)")
	connections := flags.String("connections", "", "`numbers` of connections, separated by commas (default each scenario's own)")
	flags.DurationVar(&o.duration, "duration", 3*time.Second, "length of a round")
	flags.DurationVar(&o.warmUp, "warm-up", time.Second, "length of the warm-up of each scenario on each side")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds of each scenario on each side")
	flags.StringVar(&o.only, "only", "", "measure one side alone: athena or baseline")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of Markdown")
	flags.IntVar(&o.shrink, "shrink", 1, "divide the rooms of the large scenarios, and rooms and sockets of -memory, by this, for a quick look")
	flags.BoolVar(&o.memory, "memory", false, "afterwards watch the program's memory while 100,000 rooms are used and forgotten and 10,000 sockets come and go; takes some minutes")
	flags.DurationVar(&o.soak, "soak", 0, "afterwards load the program for this long and watch its memory")
	flags.IntVar(&o.soakConnections, "soak-connections", 256, "connections of the long run")
	flags.StringVar(&o.binary, "athena", "bin/athena", "the program to start")
	flags.StringVar(&o.data, "data", "", "`folder` to keep the program's data in (default a temporary one)")
	flags.StringVar(&o.url, "url", "", "measure a server that runs already, such as http://127.0.0.1:4052")
	flags.StringVar(&o.running.Key, "key", "", "API key for -url")
	flags.StringVar(&o.running.KeptKey, "kept-key", "", "API key for -url of a client "+contender.KeptClient+" on the same database, for whom answers are kept, for cached")
	flags.StringVar(&o.running.Token, "token", "", "session token for -url, for chat")
	flags.StringVar(&o.running.User, "user", "", "user of that session")
	flags.IntVar(&o.running.PID, "pid", 0, "process of the server at -url, to read its costs")
	flags.StringVar(&o.database, "database", "", "URI of the client's database for -url, or for the baseline alone")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("what is %q? See -help", flags.Arg(0))
	}
	return o, o.finish(*scenarios, *connections)
}

func (o *options) finish(scenarios, connections string) (err error) {
	if o.shrink < 1 {
		return fmt.Errorf("-shrink must be above zero")
	}
	if scenarios != "none" {
		if o.scenarios, err = scenario.Named(scenarios, o.shrink); err != nil {
			return err
		}
	}
	if o.connections, err = numbers(connections); err != nil {
		return fmt.Errorf("-connections: %w", err)
	}
	o.running.Address = strings.TrimSuffix(strings.TrimPrefix(o.url, "http://"), "/")
	if scenarios == "" && o.url != "" { // of all those that can be
		o.scenarios = slices.DeleteFunc(o.scenarios, ownOnly)
	}
	return o.check()
}

func (o *options) check() error {
	switch {
	case o.rounds < 1 || o.duration <= 0 || o.warmUp < 0 || o.soak < 0 || o.soakConnections < 1:
		return fmt.Errorf("-rounds, -soak-connections and -duration must be above zero, -warm-up and -soak not below")
	case o.only != "" && o.only != contender.Athena && o.only != contender.Baseline:
		return fmt.Errorf("-only is %s or %s", contender.Athena, contender.Baseline)
	case o.url != "" && (o.running.Key == "" || o.database == ""):
		return fmt.Errorf("-url needs -key and -database")
	case o.url != "" && slices.ContainsFunc(o.scenarios, ownOnly):
		return fmt.Errorf("a scenario needs a server that the bench has started itself, and -url is another")
	case o.database != "" && o.url == "" && o.only != contender.Baseline:
		return fmt.Errorf("-database needs -url, or -only %s", contender.Baseline)
	case o.memory && (o.url != "" || o.only == contender.Baseline):
		return fmt.Errorf("-memory watches the program, and must have started it")
	case o.soak > 0 && o.only == contender.Baseline:
		return fmt.Errorf("-soak watches the program, -only %s leaves it out", contender.Baseline)
	}
	return nil
}

func ownOnly(s scenario.Scenario) bool { return s.Own }

func numbers(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var all []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of connections", text)
		}
		all = append(all, n)
	}
	return all, nil
}

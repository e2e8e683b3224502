package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-scenarios", "point, hot-room", "-connections", "64, 256", "-duration", "5s"})
	require.NoError(t, err)
	require.Len(t, o.scenarios, 2)
	require.Equal(t, "hot-room", o.scenarios[1].Name)
	require.Equal(t, []int{64, 256}, o.connections)
	require.Equal(t, 5*time.Second, o.duration)

	o, err = parse([]string{"-url", "http://127.0.0.1:4052/", "-key", "ath_a.b", "-database", "postgres:///x"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:4052", o.running.Address)
	require.NotEmpty(t, o.scenarios, "all of them that can be")
	require.NotContains(t, titles(o), "Point read with a key, beside one without")

	o, err = parse([]string{"-scenarios", "most-rooms", "-shrink", "100"})
	require.NoError(t, err)
	require.Equal(t, "Chat, 50 rooms", o.scenarios[0].Title)

	o, err = parse([]string{"-scenarios", "none", "-soak", "1m"})
	require.NoError(t, err)
	require.Empty(t, o.scenarios)
}

func titles(o *options) (all []string) {
	for _, s := range o.scenarios {
		all = append(all, s.Title)
	}
	return all
}

func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"unknown scenario":   {"-scenarios", "teleport"},
		"no connections":     {"-connections", "64,0"},
		"memory of another":  {"-memory", "-url", "http://127.0.0.1:4052", "-key", "k", "-database", "postgres:///x"},
		"memory of nothing":  {"-memory", "-only", "baseline"},
		"divided by zero":    {"-shrink", "0"},
		"not a number":       {"-connections", "many"},
		"no rounds":          {"-rounds", "0"},
		"no time":            {"-duration", "0s"},
		"a third side":       {"-only", "pgbench"},
		"url without key":    {"-url", "http://127.0.0.1:4052"},
		"a database for us":  {"-database", "postgres:///x"},
		"soak of the wrong":  {"-soak", "1m", "-only", "baseline"},
		"another's catalog":  {"-scenarios", "catalog", "-url", "http://127.0.0.1:4052", "-key", "k", "-database", "postgres:///x"},
		"a stray argument":   {"point"},
		"an unknown setting": {"-speed", "9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(args)
			require.Error(t, err)
		})
	}
}

package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGaugesAreRead(t *testing.T) {
	t.Parallel()
	text := []byte("# HELP athena_chat_rooms x\nathena_chat_rooms_more 7\nathena_chat_rooms 41\nheap 1.5e+06\nbad x\n")
	for name, want := range map[string]int64{"athena_chat_rooms": 41, "heap": 1_500_000} {
		n, err := gaugeIn(text, name)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	_, err := gaugeIn(text, "athena_chat")
	require.ErrorContains(t, err, "no metric athena_chat")
	_, err = gaugeIn(text, "bad")
	require.Error(t, err)
}

func TestMemoryIsCalmWhenItFallsNoMore(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	began := time.Unix(0, 0)
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	c := newCalm(began, 10*time.Second)
	require.False(t, c.settled(at(0), 90*mib))
	require.False(t, c.settled(at(9), 80*mib), "it has fallen")
	require.False(t, c.settled(at(15), 99*mib), "a rise begins nothing anew")
	require.False(t, c.settled(at(18), 80*mib-1))
	require.True(t, c.settled(at(19), 80*mib))
}

func TestUntil(t *testing.T) {
	t.Parallel()
	looks := 0
	require.NoError(t, until(t.Context(), time.Hour, func() (bool, error) {
		looks++
		return looks == 2, nil
	}))
	broken := errors.New("broken")
	require.ErrorIs(t, until(t.Context(), time.Hour, func() (bool, error) { return false, broken }), broken)
	require.ErrorIs(t, until(t.Context(), time.Nanosecond, func() (bool, error) { return false, nil }), context.DeadlineExceeded)
}

package main

import (
	"context"
	"time"

	"athena/http/server"
	"athena/persistence/cache"
)

// newCache makes the cache of answers. It keeps nothing before it hears of the writes
// of other nodes.
func (s *service) newCache() (*cache.Cache, error) {
	c := s.config.Cache
	made, err := cache.New(cache.Options{Bytes: int64(c.Memory), MaxEntry: c.MaxEntry, TTL: c.TTL, Redis: c.RedisURL, Log: s.log})
	if err == nil {
		made.Missed()
	}
	return made, err
}

func (s *service) cacheMetrics(m *server.Metrics) {
	m.Counter("athena_cache_hits_total", "Answers found in this process.", func() float64 { return float64(s.cache.Stats().Hits) })
	m.Counter("athena_cache_redis_hits_total", "Answers found in Redis.", func() float64 { return float64(s.cache.Stats().RedisHits) })
	m.Counter("athena_cache_misses_total", "Answers that were looked for and had to be made.", func() float64 { return float64(s.cache.Stats().Misses) })
	m.Counter("athena_cache_shared_total", "Answers taken from another who asked at the same time.", func() float64 { return float64(s.cache.Stats().Shared) })
	m.Gauge("athena_cache_entries", "Answers that are kept in this process.", func() float64 { return float64(s.cache.Stats().Entries) })
	m.Gauge("athena_cache_bytes", "Bytes that they take.", func() float64 { return float64(s.cache.Stats().Bytes) })
	m.Gauge("athena_cache_redis_up", "1 while Redis answers.", func() float64 {
		if s.cache.Stats().RedisUp {
			return 1
		}
		return 0
	})
}

// notify tells all nodes of writes.
func (c *control) notify(ctx context.Context, payload string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := c.pool.Exec(ctx, "SELECT pg_notify($1, $2)", cache.Channel, payload)
	return err
}

// checkRedis looks at the Redis that keeps answers.
func checkRedis(ctx context.Context, config *Config) finding {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := cache.Ping(ctx, config.Cache.RedisURL); err != nil {
		return wrong("redis", "check cache.redis_url and that Redis is up; until then reads go to the databases", "it cannot be reached")
	}
	return fine("redis", "answers")
}

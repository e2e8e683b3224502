package room

import (
	"time"

	"athena/wire"

	"golang.org/x/time/rate"
)

// rates bound how fast each user sends into one room.
type rates map[string]*rate.Limiter

// maxRates is how many users are remembered before those who paused are forgotten.
const maxRates = 1000

// admit takes one message of a user, or says when to come back.
func (r *rates) admit(user string, perSecond int, now time.Time) error {
	if perSecond <= 0 {
		return nil
	}
	limiter := r.of(user, perSecond, now)
	if limiter.AllowN(now, 1) {
		return nil
	}
	wait := time.Duration((1 - limiter.TokensAt(now)) / float64(perSecond) * float64(time.Second))
	return wire.Fail(wire.ChatRateLimited, "a user may send %d messages a second into a room", perSecond).After(wait)
}

func (r *rates) of(user string, perSecond int, now time.Time) *rate.Limiter {
	if limiter, ok := (*r)[user]; ok {
		return limiter
	}
	if *r == nil {
		*r = rates{}
	}
	if len(*r) >= maxRates {
		r.forget(perSecond, now)
	}
	limiter := rate.NewLimiter(rate.Limit(perSecond), perSecond)
	(*r)[user] = limiter
	return limiter
}

// forget drops those who may send a second's worth again: nothing is known of them
// that matters.
func (r *rates) forget(perSecond int, now time.Time) {
	for user, limiter := range *r {
		if limiter.TokensAt(now) >= float64(perSecond) {
			delete(*r, user)
		}
	}
}

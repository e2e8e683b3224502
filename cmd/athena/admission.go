package main

import (
	"time"

	"athena/actors/admission"
	"athena/wire"
)

// AdmissionConfig bounds how many requests this process lets in.
type AdmissionConfig struct {
	Limit  int64         `koanf:"limit" zero:"allowed" help:"requests of all clients that are let in within a window; 0 for no limit"`
	Window time.Duration `koanf:"window" help:"length of that window"`
}

// flushAdmissionsEvery is how often decisions about requests are written down.
const flushAdmissionsEvery = time.Second

func (s *service) newAdmission() *admission.Admission {
	return admission.New(admission.Config{
		Limit: s.config.Admission.Limit, Window: s.config.Admission.Window,
		Client: func(client string) *wire.AdmissionConfig {
			if set := s.clients.Config(client); set != nil {
				return set.Admission
			}
			return nil
		},
		Save: s.control.statistics().SaveAdmissionEvents,
	})
}

// insertsOf is what an operator set for a client's inserts.
func (s *service) insertsOf(client string) *wire.InsertConfig {
	if set := s.clients.Config(client); set != nil {
		return set.Inserts
	}
	return nil
}

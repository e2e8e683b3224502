package clients

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) admissionRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/admission-events", Access: route.Admin, Tag: tag, Do: route.JSON(a.listAdmissionEvents),
			Summary: "List whom the limits of admission let in, put off or turned away",
			Notes:   "Only requests that a limit applies to have an entry."},
	}
}

func (a API) listAdmissionEvents(ctx context.Context, in *wire.ListAdmissionEvents) (wire.AdmissionEventPageReply, error) {
	list, err := a.Statistics.AdmissionEvents(ctx, in)
	page := wire.AdmissionEventPage{Decision: in.Decision, Client: in.Client, Limit: *in.Limit, Offset: *in.Offset, Events: list}
	return wire.AdmissionEventPageReply{Success: wire.OK("Admission events", page), AdmissionEventPage: page}, err
}

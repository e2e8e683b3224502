package clients

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) optimizationRoutes() route.Table {
	const path = "/admin/clients/{client_name}/query-optimizations"
	return route.Table{
		{Method: "GET", Path: path, Access: route.Admin, Tag: tag, Do: route.JSON(a.listRecommendations),
			Summary: "List what would make a client's queries faster"},
		{Method: "POST", Path: path + "/refresh", Access: route.Admin, Tag: tag, Do: route.JSON(a.refreshRecommendations), Fails: []int{404},
			Summary: "Look now for what would make a client's queries faster",
			Notes:   "What was open and is not found again is dismissed."},
		{Method: "GET", Path: path + "/runs", Access: route.Admin, Tag: tag, Do: route.JSON(a.listOptimizationRuns),
			Summary: "List when a client was looked at for recommendations"},
		{Method: "POST", Path: path + "/{recommendation_id}/apply", Access: route.Admin, Tag: tag, Do: route.JSON(a.applyRecommendation), Fails: []int{404, 409, 504},
			Summary: "Run the statement of a recommendation",
			Notes: "Nothing but the statement as it is stored is run, in a transaction or concurrently. What runs concurrently and takes longer " +
				"than a request waits is told as started, goes on for up to 55 minutes, and leaves no unusable index when it fails. " +
				"Who had it run, and what came of it, is noted."},
	}
}

func (a API) listRecommendations(ctx context.Context, in *wire.ListRecommendations) (wire.RecommendationPageReply, error) {
	list, err := a.Statistics.Recommendations(ctx, in.ClientName, in.Status, *in.Limit, *in.Offset)
	page := wire.Recommendations{ClientName: in.ClientName, Limit: *in.Limit, Offset: *in.Offset, Recommendations: list}
	return wire.RecommendationPageReply{
		Status: "success", Message: "Recommendations", Data: wire.RecommendationPage{Status: in.Status, Recommendations: page}, Recommendations: page,
	}, err
}

// mostOpen is how many open recommendations a search shows.
const mostOpen = 500

func (a API) refreshRecommendations(ctx context.Context, in *wire.ClientByName) (wire.RefreshedRecommendationsReply, error) {
	if !a.known(in.ClientName) {
		return wire.RefreshedRecommendationsReply{}, wire.Fail(wire.NotFound, "the Athena client %s was not found", in.ClientName).At("client_name")
	}
	run, err := a.Collector.Optimize(ctx, in.ClientName)
	if err != nil {
		return wire.RefreshedRecommendationsReply{}, err
	}
	list, err := a.Statistics.Recommendations(ctx, in.ClientName, "open", mostOpen, 0)
	found := wire.RefreshedRecommendations{ClientName: in.ClientName, Run: run, Recommendations: list}
	return wire.RefreshedRecommendationsReply{Success: wire.OK("Recommendations refreshed", found), RefreshedRecommendations: found}, err
}

func (a API) listOptimizationRuns(ctx context.Context, in *wire.ListOptimizationRuns) (wire.OptimizationRunPageReply, error) {
	runs, err := a.Statistics.OptimizationRuns(ctx, in.ClientName, *in.Limit, *in.Offset)
	page := wire.OptimizationRunPage{ClientName: in.ClientName, Limit: *in.Limit, Offset: *in.Offset, Runs: runs}
	return wire.OptimizationRunPageReply{Success: wire.OK("Optimization runs", page), OptimizationRunPage: page}, err
}

func (a API) applyRecommendation(ctx context.Context, in *wire.ApplyRecommendation) (wire.AppliedRecommendationReply, error) {
	result, err := a.Collector.Apply(ctx, in.ClientName, in.RecommendationID, in.Actor)
	applied, words := wire.AppliedRecommendation{ClientName: in.ClientName, Result: result}, "Recommendation applied"
	if result.Status == "started" {
		words = "Recommendation is being applied"
	}
	return wire.AppliedRecommendationReply{Success: wire.OK(words, applied), AppliedRecommendation: applied}, err
}

package gateway_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsOfOneWindowShareATransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, "CREATE TABLE arrivals (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int UNIQUE, xact xid8 DEFAULT pg_current_xact_id())")
	const batch = 512 // as many as a batch takes, so the window ends without its time passing
	var all sync.WaitGroup
	for i := range batch {
		all.Go(func() {
			reply := w.do("PUT /gateway/insert", fmt.Sprintf(`{"table_name":"arrivals","insert_body":{"n":%d},"columns":["n"]}`, i),
				"X-Athena-Insert-Window: 60000")
			require.Equal(t, 200, reply.Status, reply.Body)
			require.JSONEq(t, fmt.Sprintf(`{"status":"success","message":"Row inserted","table_name":"arrivals","data":[{"n":%d}],"affected_rows":1}`, i), reply.Body)
		})
	}
	all.Wait()
	require.Equal(t, fmt.Sprint(batch), w.Value(t, "SELECT count(*) FROM arrivals"))
	require.Equal(t, "1", w.Value(t, "SELECT count(DISTINCT xact) FROM arrivals"))
}

func TestAWindowThatIsNoneIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, header := range []string{"0", "soon", "-1", "1.5"} {
		w.ok("PUT /gateway/insert", `{"table_name":"companies","insert_body":{"name":"`+header+`"}}`, "X-Athena-Insert-Window: "+header)
	}
}

func TestAChangeOfWhatIsThereNeverWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reply := w.ok("PUT /gateway/insert", `{"table_name":"companies","insert_body":{"id":1,"name":"Acme"},"update_body":{"name":"Changed"},"on_conflict":"id"}`,
		"X-Athena-Insert-Window: 60000")
	require.JSONEq(t, `[{"id":1,"name":"Changed"}]`, string(reply.Data))
}

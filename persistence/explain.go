package persistence

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
)

// sqlstates maps PostgreSQL's error codes to the registry. The codes are those
// of the manual's appendix A; a class of two characters stands for the rest of
// its codes.
var sqlstates = map[string]wire.Code{
	"23505": wire.UniqueViolation,
	"23503": wire.ForeignKey,
	"23502": wire.NotNullViolation,
	"23514": wire.CheckViolation,
	"23P01": wire.ExclusionViolation,
	"23":    wire.CheckViolation,
	"40001": wire.SerializationFail,
	"40P01": wire.SerializationFail,
	"55P03": wire.SerializationFail,
	"57014": wire.StatementTimeout,
	"42P01": wire.UnknownTable,
	"3F000": wire.UnknownTable,
	"42703": wire.UnknownColumn,
	"42883": wire.UnknownFunction,
	"42501": wire.RolePermission,
	"25006": wire.RolePermission,
	"22":    wire.InvalidValue,
	"42":    wire.InvalidSQL,
	"26":    wire.InvalidSQL,
	"0A":    wire.InvalidSQL,
	"21":    wire.InvalidSQL,
	"25":    wire.InvalidSQL,
	"2B":    wire.InvalidSQL,
	"3D":    wire.InvalidSQL,
	"44":    wire.CheckViolation,
	"P0":    wire.InvalidRequest,
	"08":    wire.BackendUnavailable,
	"28":    wire.BackendUnavailable,
	"53":    wire.BackendUnavailable,
	"57":    wire.BackendUnavailable,
	"58":    wire.BackendUnavailable,
	"54":    wire.InvalidRequest,
}

// Explain turns an error of the database into a problem. What is a problem
// already, or no error of a database, comes back as it is.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := wire.AsProblem(err); ok {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return explainRefusal(refused, err)
	}
	if errors.Is(err, context.Canceled) || (errors.Is(err, context.DeadlineExceeded) && !connecting(err)) {
		return err
	}
	if Disconnected(err) {
		return wire.Fail(wire.BackendUnavailable, "the database cannot be reached right now").After(time.Second).Because(err)
	}
	return err
}

// explainOwn is Explain for a statement of the server's own: where that does not fit the
// schema, no caller is at fault, and nor is one for what others do at the same time, save
// where whoever runs the transaction decides about that.
func explainOwn(db DB, err error) error {
	if Contended(err) && !inside(db) {
		return ExplainRead(err)
	}
	if state := SQLState(err); strings.HasPrefix(state, "42") && sqlstates[state] != wire.RolePermission {
		if _, ok := wire.AsProblem(err); !ok {
			return wire.Fail(wire.Internal, "a table that the server keeps is not there, or of another version").
				WithHint("an operator runs athena migrate, for a client's database with --client").Because(err)
		}
	}
	return Explain(err)
}

// ExplainRead is Explain for a statement that changes nothing: what others do at the same
// time is not for its caller to solve.
func ExplainRead(err error) error {
	if Contended(err) {
		p := wire.Fail(wire.BackendUnavailable, "a temporary conflict with concurrent changes kept the database from doing this").After(time.Second).Because(err)
		p.SQLState = SQLState(err)
		return p
	}
	return Explain(err)
}

func explainRefusal(refused *pgconn.PgError, err error) error {
	code, ok := sqlstates[refused.Code]
	if !ok {
		code, ok = sqlstates[refused.Code[:min(2, len(refused.Code))]]
	}
	switch {
	case ok:
	case strings.HasPrefix(refused.Code, "XX") || strings.HasPrefix(refused.Code, "F0"):
		return err // the server's own failure
	default: // any other code, such as a function may raise with one of its own
		code = wire.InvalidRequest
	}
	p := wire.Fail(code, "%s", clip(refused.Message)).Because(err)
	p.SQLState = refused.Code
	p.Field = refused.ColumnName
	p.Hint = refused.Hint
	if refused.Detail != "" && code != wire.BackendUnavailable {
		p.Detail += ": " + clip(strings.TrimSuffix(refused.Detail, "."))
	}
	if code.Status == 503 {
		p.Detail = "the database cannot serve this request right now"
		p.After(time.Second)
	}
	return p
}

// Refusal gives the database's own words behind a problem: its message and its
// details, empty where it gave none. ok says whether the database refused at all.
func Refusal(err error) (message, details string, ok bool) {
	message, details, ok = Raised(err)
	return clip(message), clip(details), ok
}

// Raised gives the whole message and details of a refusal, which a function that raised
// it may have meant for a program.
func Raised(err error) (message, details string, ok bool) {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return "", "", false
	}
	return refused.Message, refused.Detail, true
}

// clip shortens a message, which may repeat a value of any length.
func clip(message string) string {
	const most = 500
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "..."
}

// Disconnected reports whether an error means that the server could not be
// reached or went away, as opposed to having refused a statement.
func Disconnected(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		class := refused.Code[:min(2, len(refused.Code))]
		return class == "08" || class == "28" || class == "3D" || (class == "57" && refused.Code != "57014") || refused.Code == "53300"
	}
	var network net.Error
	return connecting(err) || errors.As(err, &network) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") ||
		strings.Contains(err.Error(), "unexpected EOF")
}

// connecting reports whether a connection could not be made. Time that ran out
// then is the connection's, whoever set it: no statement was on its way.
func connecting(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}

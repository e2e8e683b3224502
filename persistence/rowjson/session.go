package rowjson

import "maps"

// Session sets the run-time parameters that a session must have for its text to
// be what the encoders read. Given at connection they stand above what the
// database or the role has set. TimeZone and IntervalStyle stay as they are, for
// they change what row_to_json says, too.
func Session(params map[string]string) {
	maps.Copy(params, map[string]string{
		"client_encoding": "UTF8",
		"datestyle":       "ISO",
		"bytea_output":    "hex",
	})
}

// Package sqltext turns requests for rows into parameterised SQL.
//
// It has one vocabulary for both dialects that Athena speaks. The parsers of the
// PostgREST-style query language and the handlers of the structured gateway both
// build the same tree (Read, Insert, Update, Delete), and one compiler writes the
// statement. The package promises three things:
//
//   - Every identifier is quoted by Ident and every value is a parameter, so
//     nothing a caller sends is ever read as SQL.
//   - A condition is compiled or refused, never dropped. What is refused names
//     the offending piece and what to write instead.
//   - The statement depends on the shape of a request and never on its values.
//     The Key functions name the shape in one walk and collect the values in the
//     order in which the statement numbers them, so a Plan can be kept and used
//     again for every request with the same key.
//
// The usual way through the package:
//
//	read, err := sqltext.ParseRead(name, selectString) // or built by hand
//	key, values = sqltext.ReadKey(key[:0], values[:0], read)
//	plan := cache[string(key)]
//	if plan == nil {
//		plan, err = compiler.Read(cat, searchPath, read)
//	}
//	args, err := plan.Args(values)
//
// A plan belongs to the catalog and search path it was compiled with: a cache
// keeps the path in its key and is emptied when the catalog changes.
package sqltext

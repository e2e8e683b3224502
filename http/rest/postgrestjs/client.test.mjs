// What @supabase/postgrest-js does against Athena, with one extra header. ATHENA_URL
// is the address of a server whose client "acme" has the tables of the tests.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { PostgrestClient } from '@supabase/postgrest-js'

const headers = { 'X-Athena-Client': 'acme', 'X-Athena-Envelope': 'none' }
const db = new PostgrestClient(process.env.ATHENA_URL + '/rest/v1', { headers })

// rows are those of an answer that must be a success with a status.
function rows (answer, status = 200) {
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  assert.equal(answer.status, status)
  return answer.data
}

test('select with filters, order and range', async () => {
  assert.deepEqual(rows(await db.from('people').select('id,name').eq('name', 'Bob')), [{ id: 2, name: 'Bob' }])
  assert.deepEqual(rows(await db.from('people').select('id').gt('age', 16).lte('age', 30).neq('id', 4)), [{ id: 2 }])
  assert.deepEqual(rows(await db.from('people').select('id').in('name', ['Ann', 'a, (b)', 'Cid']).order('id')), [{ id: 1 }, { id: 3 }])
  assert.deepEqual(rows(await db.from('people').select('id').is('age', null)), [{ id: 3 }])
  assert.deepEqual(rows(await db.from('people').select('id').not('age', 'is', null).order('age', { ascending: false })), [{ id: 1 }, { id: 4 }, { id: 2 }])
  assert.deepEqual(rows(await db.from('people').select('id').like('name', '%n%')), [{ id: 1 }])
  assert.deepEqual(rows(await db.from('people').select('id').ilikeAnyOf('name', ['a%', 'b%']).order('id')), [{ id: 1 }, { id: 2 }])
  assert.deepEqual(rows(await db.from('people').select('id').contains('tags', ['a'])), [{ id: 1 }])
  assert.deepEqual(rows(await db.from('people').select('id').overlaps('tags', ['a', 'b']).order('id')), [{ id: 1 }, { id: 2 }])
  assert.deepEqual(rows(await db.from('people').select('id').contains('data', { city: 'Rome' })), [{ id: 1 }])
  assert.deepEqual(rows(await db.from('people').select('id').eq('data->>city', 'Rome')), [{ id: 1 }])
  assert.deepEqual(rows(await db.from('people').select('id').or('age.eq.17,and(name.eq.Ann,age.gt.40)').order('id')), [{ id: 1 }, { id: 2 }])
  assert.deepEqual(rows(await db.from('people').select('id').match({ name: 'Bob', age: 17 })), [{ id: 2 }])
  assert.deepEqual(rows(await db.from('tickets').select('title').textSearch('title', 'first', { type: 'websearch', config: 'english' })), [{ title: 'first' }])
  assert.deepEqual(rows(await db.from('people').select('id').order('id').range(1, 2)), [{ id: 2 }, { id: 3 }])
  assert.deepEqual(rows(await db.from('people').select('id').order('mood', { nullsFirst: true }).order('id').limit(1)), [{ id: 3 }])
})

test('embedded resources', async () => {
  assert.deepEqual(rows(await db.from('people').select('name,companies(name)').eq('id', 2)), [{ name: 'Bob', companies: { name: 'Acme' } }])
  assert.deepEqual(rows(await db.from('companies').select('name,people!inner(id)').eq('people.name', 'Bob')), [{ name: 'Acme', people: [{ id: 2 }] }])
  assert.deepEqual(
    rows(await db.from('people').select('id,wrote:tickets!tickets_author(title)').eq('id', 1)
      .order('title', { referencedTable: 'wrote', ascending: false }).limit(1, { referencedTable: 'wrote' })),
    [{ id: 1, wrote: [{ title: 'second' }] }])
  assert.deepEqual(rows(await db.from('tickets').select('title,labels(label)').eq('title', 'third')), [{ title: 'third', labels: [{ label: 'idea' }] }])
  assert.deepEqual(rows(await db.from('people').select('id,...companies(company:name)').eq('id', 4)), [{ id: 4, company: 'Globex' }])
  assert.deepEqual(rows(await db.from('companies').select('name,people(count)').order('id')), [{ name: 'Acme', people: [{ count: 2 }] }, { name: 'Globex', people: [{ count: 1 }] }])
  assert.deepEqual(
    rows(await db.from('people').select('id,c:companies()').or('name.eq.Acme', { referencedTable: 'c' }).not('c', 'is', null).order('id')),
    [{ id: 1 }, { id: 2 }])
})

test('counts, and the headers alone', async () => {
  const page = await db.from('people').select('id', { count: 'exact' }).order('id').range(0, 1)
  rows(page, 206)
  assert.equal(page.count, 4)
  const head = await db.from('people').select('*', { count: 'exact', head: true }).gt('id', 2)
  assert.equal(rows(head), null)
  assert.equal(head.count, 2)
  assert.equal((await db.from('people').select('*', { count: 'estimated', head: true })).count, 4)
})

test('one row, perhaps one row, and CSV', async () => {
  assert.deepEqual(rows(await db.from('labels').select('label').eq('id', 1).single()), { label: 'bug' })
  const none = await db.from('labels').select().eq('id', 99).single()
  assert.equal(none.status, 406)
  assert.equal(none.error.code, 'PGRST116')
  assert.equal(rows(await db.from('labels').select().eq('id', 99).maybeSingle()), null)
  assert.deepEqual(rows(await db.from('labels').select('id').eq('id', 2).maybeSingle()), { id: 2 })
  assert.equal((await db.from('labels').select().maybeSingle()).error.code, 'PGRST116')
  assert.equal(rows(await db.from('labels').select().order('id').csv()), 'id,label\n1,bug\n2,idea')
})

test('plans', async () => {
  assert.match(rows(await db.from('labels').select().eq('id', 1).explain()), /^Limit .*cost=/)
  const plan = rows(await db.from('labels').select().explain({ format: 'json', analyze: true, verbose: true }))
  assert.equal(typeof plan[0]['Execution Time'], 'number')
})

test('insert and upsert', async () => {
  assert.equal(rows(await db.from('labels').insert({ id: 10, label: 'ten' }), 201), null)
  assert.deepEqual(rows(await db.from('labels').insert([{ id: 11, label: 'a' }, { id: 12, label: 'b' }]).select('id'), 201), [{ id: 11 }, { id: 12 }])
  assert.deepEqual(rows(await db.from('labels').insert({ id: 13, label: 'c' }).select().single(), 201), { id: 13, label: 'c' })
  const counted = await db.from('labels').insert([{ id: 14, label: 'd' }, { id: 15, label: 'e' }], { count: 'exact' })
  assert.equal(counted.count, 2)
  const fresh = await db.from('fresh').insert([{ name: 'x', note: 'y' }, { name: 'z' }], { defaultToNull: false }).select('note')
  assert.deepEqual(rows(fresh, 201), [{ note: 'y' }, { note: 'default' }])
  assert.deepEqual(rows(await db.from('labels').upsert({ id: 10, label: 'ten!' }).select(), 200), [{ id: 10, label: 'ten!' }])
  assert.deepEqual(
    rows(await db.from('labels').upsert([{ id: 10, label: 'x' }, { id: 16, label: 'y' }], { onConflict: 'id', ignoreDuplicates: true }).select('id'), 201),
    [{ id: 16 }])
  const twice = await db.from('labels').insert({ id: 10, label: 'x' })
  assert.equal(twice.status, 409)
  assert.equal(twice.error.code, '23505')
  assert.match(twice.error.message, /duplicate key/)
})

test('update and delete', async () => {
  rows(await db.from('books').insert([{ id: 20, title: 'a' }, { id: 21, title: 'b' }, { id: 22, title: 'c' }]), 201)
  assert.equal(rows(await db.from('books').update({ title: 'A' }).eq('id', 20), 204), null)
  assert.deepEqual(rows(await db.from('books').update({ title: 'B' }).eq('id', 21).select('title')), [{ title: 'B' }])
  assert.equal((await db.from('books').update({ title: 'C' }, { count: 'exact' }).gt('id', 20)).count, 2)
  assert.deepEqual(rows(await db.from('books').delete().eq('id', 20).select().single()), { id: 20, title: 'A', room: null, place: null })
  assert.equal(rows(await db.from('books').delete().gte('id', 21), 204), null)
  assert.equal((await db.from('books').delete()).status, 400, 'nothing is deleted without a filter')
})

test('undone', async () => {
  assert.deepEqual(rows(await db.from('labels').insert({ id: 30, label: 'x' }).select('id').rollback(), 201), [{ id: 30 }])
  assert.deepEqual(rows(await db.from('labels').select().eq('id', 30)), [])
  const most = await db.from('labels').update({ label: 'x' }).gt('id', 0).maxAffected(1)
  assert.equal(most.error.code, 'PGRST124')
})

test('schemas', async () => {
  assert.deepEqual(rows(await db.schema('vault').from('accounts').select('id').eq('id', 1)), [{ id: 1 }])
  rows(await db.schema('vault').from('accounts').insert({ id: 9 }), 201)
  const unknown = await db.schema('nowhere').from('accounts').select()
  assert.equal(unknown.status, 406)
  assert.equal(unknown.error.code, 'PGRST106')
})

test('errors', async () => {
  const unknown = await db.from('peopel').select()
  assert.equal(unknown.status, 404)
  assert.equal(unknown.error.code, 'PGRST205')
  const column = await db.from('people').select('nme')
  assert.equal(column.error.code, '42703')
  assert.match(column.error.hint, /name/)
  const failed = await db.from('people').select('nme').throwOnError().then(() => null, error => error)
  assert.equal(failed.code, '42703')
})

test('functions', async () => {
  assert.equal(rows(await db.rpc('plus', { a: 1, b: 2 })), 3)
  assert.equal(rows(await db.rpc('plus', { a: 1 }, { get: true })), 11)
  assert.deepEqual(rows(await db.rpc('upto', { n: 3 })), [1, 2, 3])
  assert.deepEqual(rows(await db.rpc('elders', { age_from: 17 }).select('id').neq('id', 1).order('id')), [{ id: 2 }, { id: 4 }])
  assert.deepEqual(rows(await db.rpc('elders', { age_from: 17 }).eq('id', 2).select('name').single()), { name: 'Bob' })
  const counted = await db.rpc('upto', { n: 5 }, { head: true, count: 'exact' })
  assert.equal(rows(counted), null)
  assert.equal(counted.count, 5)
  assert.equal(rows(await db.rpc('nothing'), 204), null)
  assert.equal(rows(await db.schema('tools').rpc('answer')), 42)
  const refused = await db.rpc('no_such')
  assert.equal(refused.status, 404)
  assert.equal(refused.error.code, 'PGRST202')
})

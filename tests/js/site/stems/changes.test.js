import assert from 'node:assert/strict'
import {test} from 'node:test'
import {changesOf, isEmpty, rebase, rowOf} from '../../../../static/site/stems/changes.js'
import {linkSound} from '../../../../static/site/stems/stem-list.js'

/** @typedef {import('../../../../static/player/core/manifest-types.js').ManifestStem} ManifestStem */
/** @typedef {import('../../../../static/site/stems/stem-list.js').Row} Row */

/**
 * @param {string} id
 * @param {Partial<ManifestStem>} [changes]
 * @returns {ManifestStem}
 */
const stem = (id, changes = {}) => ({
  id, name: id, color: '#111111', muted: false, soloed: false, volume: 1, pan: 0, kind: 'kept', state: 'ready', error: null, ...changes,
})
const base = [stem('a'), stem('b'), stem('c')]
const rows = () => base.map(rowOf)
/** @param {string} name @returns {Row} */
const added = (name) => ({...rowOf(stem(name)), key: name, id: null, sound: linkSound(`https://a.example/${name}`)})
const ids = (/** @type {readonly Row[]} */ of) => of.map((row) => row.id ?? '+').join('')

test('untouched is unchanged', () => {
  assert.ok(isEmpty(changesOf(rows(), base)))
})

test('only what was changed is sent', () => {
  const [a, b, c] = /** @type {[Row, Row, Row]} */ (rows())
  const changes = changesOf([c, {...a, name: ' Alto ', muted: true}, added('new')], base)
  assert.deepEqual(changes.stems, [{id: 'a', name: 'Alto', muted: true}])
  assert.deepEqual(changes.remove, ['b'])
  assert.deepEqual(changes.order, ['c', 'a'])
  assert.deepEqual(changes.added.map(({name}) => name), ['new'])
  assert.ok(b)
})

test('a name that was emptied is none', () => {
  const [a, ...rest] = /** @type {[Row, Row, Row]} */ (rows())
  assert.ok(isEmpty(changesOf([{...a, name: '  '}, ...rest], base)))
})

test('a name that the service keeps otherwise than it was typed is saved all the same', () => {
  const [a, ...rest] = /** @type {[Row, Row, Row]} */ (rows())
  const typed = {...a, name: ' Cafe\u0301  con\u200b leche '}
  assert.deepEqual(changesOf([typed, ...rest], base).stems, [{id: 'a', name: 'Café con leche'}])
  const next = [stem('a', {name: 'Café con leche'}), stem('b'), stem('c')]
  assert.ok(isEmpty(changesOf(rebase([typed, ...rest], base, next), next)))
})

test('news do not touch a name that is being typed', () => {
  const [a, ...rest] = /** @type {[Row, Row, Row]} */ (rows())
  for (const name of ['Double ', 'a ', '']) assert.equal(rebase([{...a, name}, ...rest], base, base)[0]?.name, name)
})

test('another sound is a change of the stem', () => {
  const [a, ...rest] = /** @type {[Row, Row, Row]} */ (rows())
  const changes = changesOf([{...a, sound: {...linkSound('https://a.example/x'), keep: true}}, ...rest], base)
  assert.deepEqual(changes.stems, [{id: 'a', url: 'https://a.example/x', keep: true}])
})

test('a new stem between others is a change of their order', () => {
  const [a, b, c] = /** @type {[Row, Row, Row]} */ (rows())
  assert.deepEqual(changesOf([a, added('new'), b, c], base).order, ['a', 'b', 'c'])
  assert.equal(changesOf([a, b, c, added('new')], base).order, null)
})

test('what somebody else changed is taken over, and what was typed here stays', () => {
  const [a, b, c] = /** @type {[Row, Row, Row]} */ (rows())
  const next = [stem('a', {name: 'theirs', volume: 0.5}), stem('b', {name: 'theirs'}), stem('c')]
  const merged = rebase([{...a, name: 'ours'}, b, c, added('new')], base, next)
  assert.deepEqual(merged.map(({name, volume}) => [name, volume]), [['ours', 0.5], ['theirs', 1], ['c', 1], ['new', 1]])
  assert.deepEqual(changesOf(merged, next).stems, [{id: 'a', name: 'ours'}])
})

test('what somebody else removed is gone, what they added is there, what we removed stays so', () => {
  const [a, b] = /** @type {[Row, Row, Row]} */ (rows())
  const next = [stem('d'), stem('a'), stem('c')] // b is gone
  const merged = rebase([a, b], base, next) // we removed c
  assert.equal(ids(merged), 'da')
  assert.deepEqual(changesOf(merged, next).remove, ['c'])
})

test('their order is taken over unless we made one of our own', () => {
  const [a, b, c] = /** @type {[Row, Row, Row]} */ (rows())
  const next = [stem('c'), stem('b'), stem('a')]
  assert.equal(ids(rebase([a, b, c, added('new')], base, next)), 'cba+')
  assert.equal(ids(rebase([b, a, c], base, next)), 'bac')
})

test("news of the sounds reach rows whose sound is the share's own", () => {
  const [a, b, c] = /** @type {[Row, Row, Row]} */ (rows())
  const next = [stem('a', {state: 'failed'}), stem('b', {state: 'failed'}), stem('c')]
  const merged = rebase([a, {...b, sound: linkSound('https://a.example/x')}, c], base, next)
  assert.deepEqual(merged.map(({sound}) => (sound.kind === 'stem' ? sound.stem.state : sound.kind)), ['failed', 'link', 'ready'])
})

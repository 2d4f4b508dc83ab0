import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readiness} from '../../../../static/site/stems/readiness.js'
import {fileSound, linkSound} from '../../../../static/site/stems/stem-list.js'
import {verdict} from '../../../../static/site/stems/verdict.js'

/** @typedef {import('../../../../static/site/stems/stem-list.js').Link} Link */
/** @typedef {import('../../../../static/site/stems/stem-list.js').LinkSound} LinkSound */

const file = /** @type {File} */ ({name: 'a.wav', size: 2_000_000})

/**
 * @param {Partial<LinkSound>} changes
 * @param {Partial<Link>} [found]
 */
const link = (changes, found = {}) => ({
  ...linkSound('https://a.example/a.wav'),
  found: {
    original_url: 'https://a.example/a.wav', url: 'https://a.example/a.wav', name: 'A', host: 'a.example', ok: true, problem: null,
    content_type: 'audio/wav', size: 31_000_000, seconds: 221.4, range: true, cors: true, keepable: true, ...found,
  },
  ...changes,
})

test('a link that can be read in parts plays from its host', () => {
  const {tone, words, facts, mayKeep} = verdict(link({reading: 'streams'}))
  assert.deepEqual([tone, words, mayKeep], ['good', 'Plays from its host.', false])
  assert.deepEqual(facts, ['a.example', '31 MB', '3:41'])
})

test('one that other pages may not read says so and offers a copy', () => {
  assert.deepEqual([verdict(link({reading: 'closed'})).tone, verdict(link({reading: 'closed'})).mayKeep], ['warn', true])
  assert.match(verdict(link({reading: 'closed', keep: true})).words, /copy is kept here/)
  assert.equal(verdict(link({reading: 'closed'}, {keepable: false})).mayKeep, false)
})

test("each way to fail in the visitor's browser has words of its own", () => {
  const words = /** @type {const} */ (['closed', 'away', 'mixed', 'whole', 'streams']).map((reading) => verdict(link({reading})).words)
  assert.equal(new Set(words).size, 5)
})

test("where the page may not try, the server's word counts", () => {
  assert.equal(verdict(link({reading: 'untold'}, {cors: false})).words, verdict(link({reading: 'closed'})).words)
  assert.equal(verdict(link({reading: 'untold'}, {range: false})).words, verdict(link({reading: 'whole'})).words)
})

test('what the server refuses is said in its words; a slow host is believed', () => {
  const problem = {code: 'not_found', message: 'Nothing is there.'}
  assert.deepEqual([verdict(link({reading: 'streams'}, {problem})).tone, verdict(link({}, {problem})).words], ['bad', 'Nothing is there.'])
  assert.equal(verdict(link({reading: 'streams'}, {problem: {code: 'too_slow', message: 'Slow.'}})).tone, 'warn')
})

test('a file tells how far it is, and a broken upload may go on', () => {
  const sending = verdict({...fileSound(file), state: 'sending', sent: 500_000, seconds: 12})
  assert.deepEqual([sending.tone, sending.progress, sending.facts], ['busy', 0.25, ['2 MB', '0:12']])
  assert.equal(verdict({...fileSound(file), state: 'broken', problem: 'Broke.'}).mayRetry, true)
  assert.equal(verdict({...fileSound(file), state: 'failed', problem: 'Too large.'}).mayRetry, false)
  assert.equal(verdict({...fileSound(file), state: 'done', upload: '/x'}).tone, 'good')
})

test('a kept stem whose file was cut off says so, without standing in the way of a change', () => {
  const kept = (/** @type {boolean} */ truncated) =>
    /** @type {import('../../../../static/site/stems/stem-list.js').StemSound} */ ({
      kind: 'stem', reading: null,
      stem: {id: 'a', name: 'A', color: '#111111', muted: false, soloed: false, volume: 1, pan: 0, kind: 'kept', state: 'ready', error: null, truncated},
    })
  assert.deepEqual([verdict(kept(false)).tone, verdict(kept(true)).tone], ['good', 'warn'])
  assert.match(verdict(kept(true)).words, /damaged or cut off/)
})

test('rows are shared when nothing is on its way and nothing is wrong', () => {
  const row = (/** @type {import('../../../../static/site/stems/stem-list.js').Sound} */ sound) => ({
    key: 'k', id: null, name: 'Bass', color: '#111111', muted: false, soloed: false, volume: 1, pan: 0, sound,
  })
  const [good, busy, bad] = [link({reading: 'streams'}), fileSound(file), link({problem: 'No.'})].map(row)
  assert.ok(good && busy && bad)
  assert.equal(readiness([good]).state, 'ready')
  assert.match(readiness([good, busy]).words, /1 of 2/)
  assert.deepEqual([readiness([busy, bad]).state, readiness([busy, bad]).row], ['bad', bad])
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {stateWord, stateWords} from '../../../static/site/states.js'

/** @typedef {import('../../../static/player/core/manifest.js').Manifest} Manifest */

const stem = {id: 'vocals', name: 'Vocals', color: '#E8702A', muted: false, soloed: false, volume: 1, pan: 0, kind: /** @type {const} */ ('kept'), error: null}

/**
 * @param {Partial<Manifest>} [more]
 * @returns {Manifest}
 */
const manifest = (more) => ({
  id: 'abc',
  title: 'Song',
  url: '',
  embed_url: '',
  state: 'queued',
  progress: 0,
  queue_position: 1,
  seconds_left: null,
  worker_seen: true,
  error: null,
  sample_rate: null,
  frames: null,
  exclusive: false,
  revision: 1,
  attempt: 1,
  stems: [{...stem, state: 'pending', available_frames: 0}],
  ...more,
})

test('a share that waits tells its place', () => {
  assert.equal(stateWords(manifest()), 'Waiting: it is next.')
  assert.equal(stateWords(manifest({queue_position: 3})), 'Waiting: place 3 in the queue.')
  assert.equal(stateWords(manifest({queue_position: null})), 'Waiting for its turn.')
})

test('a share that waits for nobody says so', () => {
  assert.match(stateWords(manifest({worker_seen: false})), /nothing separates songs here right now/)
})

test('a share that is separated tells how far and how long', () => {
  const running = manifest({state: 'running', progress: 0.42, seconds_left: 71})
  assert.equal(stateWords(running), 'Separating: 42%, about 1 minute left.')
})

test('it says that it can be heard as soon as there is something to hear', () => {
  const stems = [{...stem, state: /** @type {const} */ ('growing'), available_frames: 176_400}]
  assert.match(stateWords(manifest({state: 'running', stems})), /You can already listen\.$/)
})

test('what is missing of a damaged song is told as soon as it is known', () => {
  const stems = [{...stem, state: /** @type {const} */ ('ready'), truncated: true}]
  assert.match(stateWords(manifest({state: 'running', stems})), /Some sound is missing: a file is damaged or cut off\.$/)
  assert.equal(stateWords(manifest({state: 'done', stems})), 'All stems are here. Some sound is missing: a file is damaged or cut off.')
})

test('a second attempt explains why the bar went back', () => {
  assert.match(stateWords(manifest({state: 'running', tries: 2})), /it began again/)
})

test('a failure is told in the words of the service', () => {
  const error = {code: 'damaged', message: 'The file breaks off. Export it again.'}
  assert.equal(stateWords(manifest({state: 'failed', error})), 'This did not work. The file breaks off. Export it again.')
})

test('stems that are added tell how many are there', () => {
  const stems = ['ready', 'ready', 'pending', 'growing', 'failed'].map((state) => ({state}))
  const manifest = /** @type {any} */ ({state: 'running', job: 'import', progress: 0.4, stems})
  assert.equal(stateWords(manifest), 'Adding the stems: 2 of 5 so far. You can already listen.')
  assert.match(stateWords({...manifest, tries: 2}), /began again/)
  assert.match(stateWords({...manifest, state: 'queued', worker_seen: false}), /nothing adds stems here/)
  assert.match(stateWords({...manifest, state: 'cancelled'}), /Adding the stems was stopped/)
  assert.equal(stateWords({...manifest, state: 'done'}), '1 stem is missing, and says why.')
  const failed = stems.map(() => ({state: 'failed'}))
  assert.equal(stateWords({...manifest, state: 'done', stems: failed}), '5 stems are missing, and say why.')
  assert.deepEqual([stateWord('running', 'import'), stateWord('running', 'separate'), stateWord('running')], ['adding stems', 'separating', 'separating'])
})

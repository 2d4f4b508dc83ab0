import assert from 'node:assert/strict'
import {test} from 'node:test'
import {isSettled} from '../../../static/player/core/manifest.js'
import {KeptSource} from '../../../static/player/sources/kept.js'
import {chooseRendition} from '../../../static/player/sources/rendition.js'
import {speedOf} from '../../../static/player/sources/throughput.js'

const rendition = (/** @type {number} */ available) => ({
  url: 'x/{segment}',
  segment_frames: 100,
  lead_frames: 0,
  tail_frames: 0,
  available_frames: available,
})
const both = {flac: rendition(250), aac: rendition(100)}

test('the exact rendition, unless the line is too slow for all stems', () => {
  assert.equal(chooseRendition(both, 'auto', null, 4), 'flac')
  assert.equal(chooseRendition(both, 'auto', 10_000_000, 4), 'flac')
  assert.equal(chooseRendition(both, 'auto', 2_000_000, 4), 'aac')
  assert.equal(chooseRendition(both, 'auto', 2_000_000, 2), 'flac')
})

test('the listener has the last word, where there is a choice', () => {
  assert.equal(chooseRendition(both, 'lossless', 1_000, 4), 'flac')
  assert.equal(chooseRendition(both, 'small', 1e9, 4), 'aac')
  assert.equal(chooseRendition({flac: both.flac}, 'small', 1_000, 4), 'flac')
  assert.equal(chooseRendition({}, 'auto', null, 4), null)
})

test('renditions are offered as far as each of them reaches', async () => {
  /** @type {string[][]} */
  const offered = []
  const stem = /** @type {any} */ ({id: 'a', renditions: both, available_frames: 250})
  const source = new KeptSource({
    stem,
    version: '1',
    frames: 250,
    rate: 44_100,
    fetcher: /** @type {any} */ ({get: async () => ({bytes: new Uint8Array(1)})}),
    decode: async () => /** @type {any} */ ({length: 100, numberOfChannels: 0}),
    choose: (renditions) => {
      offered.push(Object.keys(renditions))
      return 'flac'
    },
  })
  assert.deepEqual([0, 1, 2].map((segment) => source.has(segment)), [true, true, true])
  for (const segment of [0, 1, 2]) await source.load(segment, new AbortController().signal)
  assert.deepEqual(offered, [['flac', 'aac'], ['flac'], ['flac']])
})

test('a share that is done may still grow', () => {
  const manifest = /** @type {any} */ ({state: 'done', growing: true})
  assert.equal(isSettled(manifest), false)
  assert.equal(isSettled({...manifest, growing: false}), true)
  assert.equal(isSettled({...manifest, state: 'running', growing: false}), false)
})

test('the browser is believed when it says that the line is slow, until more is known', () => {
  assert.equal(speedOf({}), null)
  assert.equal(speedOf({effectiveType: '4g', downlink: 1.5}), null)
  assert.equal(speedOf({effectiveType: '3g', downlink: 10}), null, 'far away, but not slow')
  assert.equal(speedOf({effectiveType: '3g', downlink: 0.4}), 400_000)
})

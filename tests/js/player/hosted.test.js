import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Peaks} from '../../../static/player/draw/peaks.js'
import {levelOf, livingStems} from '../../../static/player/core/manifest.js'
import {Scope} from '../../../static/player/core/scope.js'
import {Budget} from '../../../static/player/sources/hosted/budget.js'
import {correct} from '../../../static/player/sources/hosted/drift.js'
import {look, STALLED} from '../../../static/player/sources/hosted/look.js'
import {firstFrame, readDelay} from '../../../static/player/sources/hosted/mp3-delay.js'
import {Resampler} from '../../../static/player/sources/hosted/resampler.js'

/**
 * @param {number} rate
 * @param {number} hertz
 * @param {number} from
 * @param {number} frames
 */
const tone = (rate, hertz, from, frames) =>
  Float32Array.from({length: frames}, (_, index) => Math.sin((2 * Math.PI * hertz * (from + index)) / rate))

for (const [from, to] of [[48_000, 44_100], [44_100, 48_000], [22_050, 44_100], [96_000, 44_100]]) {
  test(`a tone keeps its place from ${from} to ${to} frames a second, and pieces meet exactly`, () => {
    const resampler = new Resampler(Number(from), Number(to))
    const [at, frames] = [1_000_003, 4_000]
    /** @param {number} first @param {number} count */
    const piece = (first, count) => {
      const output = new Float32Array(count)
      const needs = resampler.needs(first, count)
      resampler.fill(tone(Number(from), 7_000, needs.from, needs.frames), first, output)
      return output
    }
    const whole = piece(at, frames)
    const meant = tone(Number(to), 7_000, at, frames)
    assert.ok(Math.max(...whole.map((sample, index) => Math.abs(sample - Number(meant[index])))) < 1e-3)
    const parts = [...piece(at, 1_234), ...piece(at + 1_234, frames - 1_234)]
    assert.deepEqual(parts, [...whole])
  })
}

test('what would fold back is taken out', () => {
  const resampler = new Resampler(96_000, 44_100)
  const needs = resampler.needs(500, 2_000)
  const output = new Float32Array(2_000)
  resampler.fill(tone(96_000, 30_000, needs.from, needs.frames), 500, output)
  assert.ok(Math.max(...output.map(Math.abs)) < 1e-4)
})

test('the delays that an MP3 notes are read, and nothing is made up where it notes none', () => {
  const frame = new Uint8Array(4_096)
  frame.set([0xff, 0xfb, 0x90, 0x64])
  assert.equal(readDelay(frame), null)
  frame.set([...'Xing'].map((letter) => letter.charCodeAt(0)), 36)
  new DataView(frame.buffer).setUint32(40, 15)
  new DataView(frame.buffer).setUint32(44, 100)
  const delays = 36 + 8 + 4 + 4 + 100 + 4 + 21
  assert.equal(readDelay(frame), null)
  frame.set([0x24, 0x03, 0x21], delays) // 576 and 801
  assert.deepEqual(readDelay(frame), {skip: 576 + 529, frames: 100 * 1_152 - 576 - 801})
  assert.deepEqual(readDelay(Uint8Array.of(0, 0, ...frame)), {skip: 1_105, frames: 113_823}, 'after some padding')
  assert.equal(firstFrame(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 2, 1)), 10 + 257)
  assert.equal(firstFrame(frame), 0)
})

test('a host that answers and then sends nothing is given up, and its answer with it', async (context) => {
  let ended = false
  const silent = new ReadableStream({cancel: () => void (ended = true)})
  context.mock.method(globalThis, 'fetch', async () => new Response(silent, {status: 206}))
  context.mock.timers.enable({apis: ['setTimeout']})
  const scope = new Scope()
  const looked = assert.rejects(look('http://a.example/a.wav', scope.signal, scope), {code: 'unreachable', lasting: true})
  await new Promise((resolve) => setImmediate(resolve))
  context.mock.timers.tick(STALLED)
  await looked
  assert.equal(ended, true)
})

test('what a host can send no part of may still be loaded whole, and what it has no more may not', async (context) => {
  for (const [status, code] of /** @type {[number, string][]} */ ([[416, 'damaged'], [404, 'missing']])) {
    context.mock.method(globalThis, 'fetch', async () => new Response('', {status}))
    const scope = new Scope()
    await assert.rejects(look('http://a.example/a.wav', scope.signal, scope), {code})
  }
})

test('decoded sound is asked for above the limit, one stem at a time', () => {
  const budget = new Budget(100)
  assert.deepEqual([budget.claim('a', 60), budget.claim('b', 60), budget.claim('a', 90)], [true, false, true])
  budget.grant('b')
  assert.equal(budget.claim('b', 60), true)
  budget.release('a')
  assert.equal(budget.claim('c', 50), false)
  budget.release('b')
  assert.equal(budget.claim('c', 50), true)
})

test('an element far off jumps, a near one is nudged the right way and no more than a little', () => {
  assert.deepEqual(correct(0.5, 1), {jump: true, rate: 1})
  assert.deepEqual(correct(0.001, 0.8), {jump: false, rate: 0.8})
  const [ahead, behind] = [correct(0.01, 1).rate, correct(-0.01, 1).rate]
  assert.ok(ahead < 1 && behind > 1 && ahead > 0.94 && behind < 1.06)
})

test('an outline is filled in anywhere, and drawn as if the rest were silent', () => {
  const peaks = new Peaks(441)
  peaks.write(400, new Uint8Array(Int8Array.from({length: 800}, (_, index) => (index % 2 ? 100 : -100)).buffer))
  assert.equal(peaks.count, 800)
  assert.deepEqual(peaks.between(0, 400), [0, 0])
  assert.deepEqual(peaks.between(390, 410), [-100 / 127, 100 / 127])
  peaks.write(0, new Uint8Array(Int8Array.from({length: 800}, (_, index) => (index % 2 ? 50 : -50)).buffer))
  assert.deepEqual([peaks.count, peaks.between(0, 400), peaks.between(0, 800)], [800, [-50 / 127, 50 / 127], [-100 / 127, 100 / 127]])
})

test('stems sound in proportion, and exactly as stored where all are alike', () => {
  const stem = /** @type {any} */ ({kind: 'kept', gain: 0.5})
  assert.equal(levelOf(stem, 0.5), 1)
  assert.equal(levelOf({...stem, gain: 1}, 0.5), 0.5)
  assert.equal(levelOf({...stem, kind: 'hosted', gain: null}, 0.5), 0.5)
  assert.equal(levelOf({...stem, gain: undefined}, 0.3), 1)
  assert.equal(levelOf(stem, null), 1)
})

test('stems that an import has not begun with hold up nobody', () => {
  const stems = /** @type {any[]} */ ([{state: 'ready'}, {state: 'pending'}, {state: 'failed'}])
  assert.deepEqual(livingStems(stems), [stems[0]])
  assert.deepEqual(livingStems(stems.slice(1)), [stems[1]])
})

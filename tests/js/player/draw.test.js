import assert from 'node:assert/strict'
import {test} from 'node:test'
import {formatTime} from '../../../static/player/core/frames.js'
import {outline} from '../../../static/player/draw/outline.js'
import {Peaks} from '../../../static/player/draw/peaks.js'
import {ticks, View} from '../../../static/player/draw/view.js'

test('frames and pixels convert both ways', () => {
  const view = new View(1_000_000, 500)
  assert.equal(view.frame(250), 500_000)
  assert.equal(view.x(500_000), 250)
})

test('zooming keeps what is under the pointer where it is', () => {
  const view = new View(10_000_000, 1000).zoomed(4, 300)
  assert.ok(Math.abs(view.x(3_000_000) - 300) < 1e-6)
  assert.equal(view.span, 2_500_000)
  assert.equal(view.zoomed(1e9, 0).framesPerPixel, 110)
  assert.equal(view.zoomed(1e-9, 0).start, 0)
})

test('the page turns when the playhead leaves it', () => {
  const view = new View(1_000_000, 100).zoomed(10, 0)
  assert.equal(view.following(50_000), view)
  assert.equal(view.following(200_000).x(200_000) > 0, true)
})

test('outlines grow, and an hour is seen as exactly as a second', () => {
  const random = Array.from({length: 20_000}, (_, index) => ((index * 7919) % 255) - 127)
  const peaks = new Peaks(441)
  const bytes = new Uint8Array(Int8Array.from(random).buffer)
  for (let at = 0; at < bytes.length; at += 1234) peaks.append(bytes.subarray(at, at + 1234))
  assert.equal(peaks.count, 10_000)
  for (const [from, to] of [[0, 1], [5, 900], [31, 33], [64, 128], [9_990, 10_050]]) {
    const part = random.slice(Number(from) * 2, Number(to) * 2)
    const lows = part.filter((_, index) => index % 2 === 0)
    const highs = part.filter((_, index) => index % 2 === 1)
    assert.deepEqual(peaks.between(Number(from), Number(to)), [Math.min(...lows) / 127, Math.max(...highs) / 127])
  }
})

test('nothing is drawn where nothing is known', () => {
  const peaks = new Peaks(441)
  peaks.append(new Uint8Array(200))
  const points = outline(peaks, new View(441 * 1000, 500), 500, 60)
  assert.equal(points.length, 50)
  assert.deepEqual(outline(new Peaks(441), new View(1000, 100), 100, 60), [])
})

test('marks have room for their labels', () => {
  assert.deepEqual(ticks(0, 30, 300).map((tick) => tick.label), ['0:00', '0:10', '0:20', '0:30'])
  assert.equal(ticks(3599, 3602, 900)[0]?.label, '59:59.0')
})

test('time is written as on a clock', () => {
  assert.deepEqual([0, 59.99, 61, 3661.5].map((seconds) => formatTime(seconds)), ['0:00', '0:59', '1:01', '1:01:01'])
})

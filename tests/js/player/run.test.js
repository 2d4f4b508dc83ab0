import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Run} from '../../../static/player/engine/run.js'

const GRID = 100

/** @param {Run} run @param {number} count */
function pieces(run, count) {
  const found = []
  let piece = run.piece(0, GRID)
  while (piece && found.length < count) {
    found.push([piece.segment, piece.offset, piece.frames])
    piece = run.piece(piece.elapsed + piece.frames, GRID)
  }
  return found
}

test('a run is cut at the boundaries of segments and ends with the song', () => {
  const run = new Run({at: 1000, from: 250, end: 430})
  assert.deepEqual(pieces(run, 9), [[2, 50, 50], [3, 0, 100], [4, 0, 30]])
  assert.equal(run.length, 180)
  assert.equal(run.elapsed(1050), 50)
  assert.equal(run.elapsed(900), 0)
  assert.equal(run.elapsed(99_999), 180)
})

test('a loop comes round to the frame, for ever', () => {
  const run = new Run({at: 0, from: 150, end: 1000, loop: {from: 120, to: 210}})
  assert.deepEqual(pieces(run, 5), [[1, 50, 50], [2, 0, 10], [1, 20, 80], [2, 0, 10], [1, 20, 80]])
  assert.equal(run.position(59), 209)
  assert.equal(run.position(60), 120)
  assert.equal(run.position(60 + 90 * 1000 + 5), 125)
})

test('a loop that is behind the playhead is not heard', () => {
  const run = new Run({at: 0, from: 210, end: 300, loop: {from: 120, to: 210}})
  assert.equal(run.length, 90)
})

test('position and piece agree at every frame', () => {
  const run = new Run({at: 0, from: 33, end: 777, loop: {from: 5, to: 412}})
  for (let piece = run.piece(0, GRID); piece && piece.elapsed < 3000; piece = run.piece(piece.elapsed + piece.frames, GRID)) {
    for (let frame = 0; frame < piece.frames; frame += 1) {
      assert.equal(run.position(piece.elapsed + frame), piece.segment * GRID + piece.offset + frame)
    }
  }
})

test('segments come in the order in which they are needed, each once', () => {
  const run = new Run({at: 0, from: 390, end: 1000, loop: {from: 100, to: 410}})
  assert.deepEqual(run.segments(0, 300, GRID), [3, 4, 1, 2])
})

test('another loop keeps what both have in common', () => {
  const run = new Run({at: 0, from: 0, end: 1000})
  const looped = run.bent(50, {from: 20, to: 300})
  assert.deepEqual([looped.run.at, looped.run.from, looped.same], [50, 50, 250])
  const straight = looped.run.bent(10, null)
  assert.deepEqual([straight.run.at, straight.run.from, straight.same], [60, 60, 240])
})

test('speed stretches the clock and not the song', () => {
  const run = new Run({at: 100, from: 0, end: 1000, speed: 0.5})
  assert.equal(run.contextFrame(50), 200)
  assert.equal(run.elapsed(200), 50)
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Pace} from '../../../static/site/pace.js'

test('nobody knows the time left before half a second has passed', () => {
  const pace = new Pace()
  pace.mark(0, 0)
  pace.mark(1000, 200)
  assert.equal(pace.secondsLeft(10_000), null)
})

test('time left follows from the pace', () => {
  const pace = new Pace()
  for (let second = 0; second <= 4; second++) pace.mark(second * 1000, second * 1000)
  assert.equal(pace.secondsLeft(10_000), 6)
})

test('a line that slowed down is believed after a few seconds', () => {
  const pace = new Pace()
  for (let second = 0; second <= 10; second++) pace.mark(second * 1000, second * 1000)
  for (let second = 11; second <= 20; second++) pace.mark(10_000 + (second - 10) * 100, second * 1000)
  assert.equal(pace.secondsLeft(12_000), 10)
})

test('a line that stands still promises nothing', () => {
  const pace = new Pace()
  pace.mark(500, 0)
  pace.mark(500, 3000)
  assert.equal(pace.secondsLeft(1000), null)
})

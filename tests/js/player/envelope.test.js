import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Envelope} from '../../../static/player/graph/envelope.js'

/** An AudioParam that knows its lines. */
class Param {
  value = 0
  /** @type {{time: number, value: number}[]} */
  events = []

  /** @param {number} value @param {number} time */
  setValueAtTime(value, time) {
    this.events.push({time, value})
  }

  /** @param {number} value @param {number} time */
  linearRampToValueAtTime(value, time) {
    this.events.push({time, value})
  }

  /** @param {number} time */
  cancelScheduledValues(time) {
    this.events = this.events.filter((event) => event.time < time)
  }

  /** @param {number} time as the Web Audio API defines it */
  at(time) {
    const next = this.events.findIndex((event) => event.time > time)
    if (next === -1) return this.events.at(-1)?.value
    const [from, to] = [this.events[next - 1], this.events[next]]
    if (!from || !to) return undefined
    return from.value + ((to.value - from.value) * (time - from.time)) / (to.time - from.time)
  }
}

/** @param {number} value */
function make(value) {
  const param = new Param()
  return {param, envelope: new Envelope(/** @type {any} */ (param), 1000, value)}
}

test('a ramp stays, then goes straight, then stays exactly', () => {
  const {param, envelope} = make(0)
  envelope.ramp(1, 100, 10)
  assert.deepEqual([99, 105, 110, 500].map((frame) => envelope.at(frame)), [0, 0.5, 1, 1])
  assert.equal(param.at(0.5), 1)
})

test('a ramp that is broken off bends without a step', () => {
  const {param, envelope} = make(0)
  envelope.ramp(1, 100, 100)
  envelope.ramp(0, 150, 50)
  assert.equal(envelope.at(150), 0.5)
  for (let frame = 0; frame < 250; frame += 1) {
    assert.ok(Math.abs(envelope.at(frame) - Number(param.at(frame / 1000))) < 1e-9, `frame ${frame}`)
    assert.ok(Math.abs(envelope.at(frame + 1) - envelope.at(frame)) <= 0.0101, `step at ${frame}`)
  }
})

test('what was planned can be taken back', () => {
  const {param, envelope} = make(1)
  envelope.ramp(0, 900, 100)
  envelope.hold(900)
  envelope.ramp(0, 1900, 100)
  assert.deepEqual([envelope.at(1500), param.at(1.5), envelope.at(2000)], [1, 1, 0])
})

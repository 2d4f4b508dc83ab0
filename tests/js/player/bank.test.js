import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Bank} from '../../../static/player/engine/bank.js'
import {LoadError} from '../../../static/player/sources/source.js'

/** A source whose loads end when the test says so. */
class Manual {
  /** @type {Map<number, {resolve: (block: any) => void, reject: (error: Error) => void, signal: AbortSignal}>} */
  loads = new Map()
  count = 0
  version = '1'
  available = Infinity

  /** @param {string} id */
  constructor(id) {
    this.id = id
  }

  /** @param {number} segment */
  has(segment) {
    return segment < this.available
  }

  /** @type {Map<number, (part: any) => void>} */
  parts = new Map()

  /** @param {number} segment @param {AbortSignal} signal @param {(part: any) => void} [early] @returns {Promise<any>} */
  load(segment, signal, early) {
    this.count += 1
    if (early) this.parts.set(segment, early)
    return new Promise((resolve, reject) => this.loads.set(segment, {resolve, reject, signal}))
  }

  /** @param {number} segment @param {number} frames */
  early(segment, frames) {
    this.parts.get(segment)?.({buffer: {}, lead: 0, frames})
  }

  /** @param {number} segment */
  async arrive(segment) {
    this.loads.get(segment)?.resolve({buffer: {}, lead: 0, frames: 1})
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** @param {number} segment @param {Error} error */
  async fail(segment, error) {
    this.loads.get(segment)?.reject(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** @param {Manual[]} sources */
function make(...sources) {
  const bank = new Bank()
  bank.setSources(sources)
  return bank
}

test('a segment is ready when every stem has it', async () => {
  const [one, two] = [new Manual('one'), new Manual('two')]
  const bank = make(one, two)
  bank.focus([0])
  await one.arrive(0)
  assert.equal(bank.ready(0), false)
  await two.arrive(0)
  assert.equal(bank.ready(0), true)
})

test('what is needed first has the line for itself, then six load at once', async () => {
  const sources = ['a', 'b', 'c', 'd'].map((id) => new Manual(id))
  make(...sources).focus([3, 4, 5])
  assert.deepEqual(sources.map((source) => [...source.loads.keys()]), [[3], [3], [3], [3]])
  for (const source of sources) await source.arrive(3)
  assert.deepEqual(sources.map((source) => [...source.loads.keys()]), [[3, 4, 5], [3, 4, 5], [3, 4], [3, 4]])
})

test('what nobody needs any more is given up', async () => {
  const one = new Manual('one')
  const bank = make(one)
  bank.focus([0, 1])
  await one.arrive(0)
  assert.equal(bank.held, 1)
  bank.focus([7])
  assert.equal(bank.held, 0)
  assert.equal(one.loads.get(1)?.signal.aborted, true)
  await one.arrive(1)
  assert.equal(bank.held, 0, 'what arrives late is not kept')
})

test('a stem that fails twice in a row is left alone until it is retried', async () => {
  const [good, bad] = [new Manual('good'), new Manual('bad')]
  const bank = make(good, bad)
  /** @type {string[]} */
  const failed = []
  bank.on('failed', ({id}) => failed.push(id))
  bank.focus([0, 1])
  for (const segment of [0, 1]) {
    await good.arrive(segment)
    await bad.fail(segment, new LoadError('missing'))
  }
  bank.focus([2])
  await good.arrive(2)
  assert.deepEqual([failed, bad.count, bank.ready(2)], [['bad', 'bad'], 2, true])
  bank.retry('bad')
  assert.equal(bad.count, 3)
  assert.equal(bank.ready(2), false)
})

test('another version is other sound', async () => {
  const one = new Manual('one')
  const bank = make(one)
  bank.focus([0])
  await one.arrive(0)
  bank.setSources([one])
  assert.equal(bank.held, 1)
  const next = new Manual('one')
  next.version = '2'
  bank.setSources([next])
  assert.deepEqual([bank.held, next.count], [0, 1])
})

test('segments that are not made yet are not asked for', () => {
  const one = new Manual('one')
  one.available = 1
  const bank = make(one)
  bank.focus([0, 1])
  assert.deepEqual([one.count, bank.exists(0), bank.exists(1)], [1, true, false])
})

test('the beginning of what is needed first counts until the whole is there', async () => {
  const [one, two] = [new Manual('one'), new Manual('two')]
  const bank = make(one, two)
  bank.focus([0, 1])
  one.early(0, 5)
  assert.equal(bank.reach(0), 0, 'the other stem has nothing yet')
  two.early(0, 3)
  two.early(0, 2)
  assert.deepEqual([bank.reach(0), bank.ready(0), bank.block('two', 0)?.frames], [3, false, 3])
  await one.arrive(0)
  one.early(0, 7)
  assert.equal(bank.block('one', 0)?.frames, 1, 'what comes too late is not kept')
  await two.fail(0, new LoadError('damaged'))
  assert.deepEqual([bank.reach(0), bank.block('two', 0)], [Infinity, null], 'nothing more will come')
  assert.deepEqual([one.parts.has(1), two.parts.has(1)], [false, false], 'only what is needed first is taken in parts')
})

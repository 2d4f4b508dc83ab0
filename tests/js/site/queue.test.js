import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Queue} from '../../../static/site/queue.js'

/** A job that ends when told to. */
function job() {
  /** @type {() => void} */
  let end = () => {}
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => (end = resolve))
  const state = {begun: false, end: () => end(), run: () => ((state.begun = true), ended)}
  return state
}

const soon = () => new Promise((resolve) => setImmediate(resolve))

test('one job runs at a time, in order', async () => {
  const queue = new Queue()
  const [first, second] = [job(), job()]
  queue.add(first.run)
  queue.add(second.run)
  assert.deepEqual([first.begun, second.begun], [true, false])
  first.end()
  await soon()
  assert.equal(second.begun, true)
  assert.equal(queue.busy, true)
  second.end()
  await soon()
  assert.equal(queue.busy, false)
})

test('a job that waits can leave, one that began cannot', async () => {
  const queue = new Queue()
  const [first, second, third] = [job(), job(), job()]
  const leaveFirst = queue.add(first.run)
  const leaveSecond = queue.add(second.run)
  queue.add(third.run)
  assert.equal(leaveFirst(), false)
  assert.equal(leaveSecond(), true)
  first.end()
  await soon()
  assert.deepEqual([second.begun, third.begun], [false, true])
})

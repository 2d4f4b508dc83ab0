import assert from 'node:assert/strict'
import {mock, test} from 'node:test'
import {Scope} from '../../../static/player/core/scope.js'
import {Fetcher} from '../../../static/player/sources/fetcher.js'
import {Throughput} from '../../../static/player/sources/throughput.js'

globalThis.addEventListener ??= () => {}
globalThis.removeEventListener ??= () => {}

/**
 * @param {((url: string) => Response|Error)} answer
 */
function make(answer) {
  const scope = new Scope()
  /** @type {string[]} */
  const asked = []
  /** @type {boolean[]} */
  const line = []
  const get = async (/** @type {any} */ url) => {
    asked.push(url)
    const result = answer(url)
    if (result instanceof Error) throw result
    return result
  }
  return {scope, asked, line, fetcher: new Fetcher(scope, new Throughput(), (up) => line.push(up), get)}
}

/** @param {number} milliseconds */
async function pass(milliseconds) {
  for (let step = 0; step < milliseconds; step += 250) {
    mock.timers.tick(250)
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
}

test('a file arrives whole', async () => {
  const {fetcher} = make(() => new Response('sound'))
  const {bytes} = await fetcher.get('a', new AbortController().signal)
  assert.equal(new TextDecoder().decode(bytes), 'sound')
})

test('a refusal is not asked again', async () => {
  const {fetcher, asked} = make(() => new Response('', {status: 404}))
  await assert.rejects(fetcher.get('a', new AbortController().signal), {code: 'missing'})
  assert.equal(asked.length, 1)
})

test('a line that drops fails nothing, however long', async () => {
  mock.timers.enable({apis: ['setTimeout']})
  let down = true
  const {fetcher, asked} = make(() => (down ? new TypeError('network') : new Response('back')))
  const got = fetcher.get('a', new AbortController().signal)
  await pass(60_000)
  assert.ok(asked.length > 8)
  down = false
  await pass(10_000)
  assert.equal((await got).bytes.length, 4)
  mock.timers.reset()
})

test('aborting ends it at once', async () => {
  const {fetcher, scope} = make(() => new TypeError('network'))
  const controller = new AbortController()
  const got = fetcher.get('a', controller.signal)
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  await assert.rejects(got)
  scope.dispose()
})

test('whoever wants it gets the beginning at a sixth, a third and two thirds', async () => {
  const body = new ReadableStream({
    start(stream) {
      for (let byte = 0; byte < 12; byte += 1) stream.enqueue(Uint8Array.of(byte))
      stream.close()
    },
  })
  const {fetcher} = make(() => new Response(body, {headers: {'Content-Length': '12'}}))
  /** @type {number[][]} */
  const parts = []
  const {bytes} = await fetcher.get('a', new AbortController().signal, {}, (part, seconds) => {
    parts.push([...part])
    assert.ok(seconds >= 0 && seconds < 10)
  })
  assert.deepEqual(parts.map((part) => part.length), [2, 4, 8])
  assert.deepEqual(parts[1], [0, 1, 2, 3])
  assert.equal(bytes.length, 12)
})

test('each time that a file does not come is told, and once that one comes again', async () => {
  mock.timers.enable({apis: ['setTimeout']})
  /** @type {(Response|Error)[]} */
  const answers = [new TypeError('network'), new Response('', {status: 503}), new Response('', {status: 429})]
  const {fetcher, line} = make(() => answers.shift() ?? new Response('here'))
  const got = fetcher.get('a', new AbortController().signal)
  await pass(0)
  assert.deepEqual(line, [])
  await pass(10_000)
  await got
  assert.deepEqual(line, [false, false, false, true])
  await fetcher.get('b', new AbortController().signal)
  assert.deepEqual(line, [false, false, false, true])
  mock.timers.reset()
})

test('on a line that is up, nothing is told of it', async () => {
  const {fetcher, line} = make((url) => (url === 'a' ? new Response('sound') : new Response('', {status: 404})))
  await fetcher.get('a', new AbortController().signal)
  await assert.rejects(fetcher.get('b', new AbortController().signal))
  const controller = new AbortController()
  const aborted = make(() => {
    controller.abort()
    return new TypeError('aborted')
  })
  await assert.rejects(aborted.fetcher.get('c', controller.signal))
  assert.deepEqual([line, aborted.line], [[], []])
})

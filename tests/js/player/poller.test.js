import assert from 'node:assert/strict'
import {afterEach, beforeEach, mock, test} from 'node:test'
import {Scope} from '../../../static/player/core/scope.js'
import {Poller} from '../../../static/player/state/poller.js'

/** @typedef {'up'|'down'|'slow'|'hanging'|'refusing'} Line */

const page = new EventTarget()
/** @type {Scope} */
let scope

beforeEach(() => {
  scope = new Scope()
  mock.timers.enable({apis: ['setTimeout', 'Date']})
  const tab = new EventTarget()
  globalThis.addEventListener = /** @type {any} */ (tab.addEventListener.bind(tab))
  globalThis.removeEventListener = /** @type {any} */ (tab.removeEventListener.bind(tab))
  globalThis.dispatchEvent = tab.dispatchEvent.bind(tab)
  Object.assign(globalThis, {document: page})
  Object.defineProperty(globalThis, 'navigator', {value: {onLine: true}, configurable: true})
})

afterEach(() => {
  scope.dispose()
  mock.timers.reset()
  mock.restoreAll()
})

/** A poller of a share that is `state`, on a line that tests change. */
function make(state = 'done') {
  const world = {state, line: /** @type {Line} */ ('up'), asked: 0, given: 0, heard: /** @type {string[]} */ ([])}
  mock.method(globalThis, 'fetch', async (/** @type {string} */ _url, /** @type {RequestInit} */ {signal}) => {
    world.asked += 1
    if (world.line === 'down') throw new TypeError('network')
    if (world.line === 'refusing') return new Response('', {status: 503})
    if (world.line === 'slow' || world.line === 'hanging') {
      await new Promise((resolve, reject) => {
        if (world.line === 'slow') setTimeout(resolve, 1_500)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    }
    return new Response(JSON.stringify({state: world.state, stems: []}))
  })
  const poller = new Poller('/api/shares/x/', scope)
  poller.on('manifest', (manifest) => world.heard.push(manifest.state))
  poller.on('problem', (problem) => world.heard.push(problem ?? 'well'))
  return {world, poller}
}

async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** @param {number} milliseconds */
async function pass(milliseconds) {
  for (let step = 0; step < milliseconds; step += 500) {
    mock.timers.tick(500)
    await settle()
  }
}

/** @param {Poller} poller */
async function begin(poller) {
  poller.now()
  await settle()
}

/** Somebody comes back to the tab. */
async function comeBack() {
  page.dispatchEvent(new Event('visibilitychange'))
  await settle()
}

test('what is settled is not asked for again before somebody comes back, and then once a minute at most', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  await pass(59_000)
  await comeBack()
  assert.equal(world.asked, 1)
  await pass(600_000)
  assert.equal(world.asked, 1)
  await comeBack()
  await comeBack()
  await pass(59_000)
  assert.equal(world.asked, 2)
  assert.deepEqual(world.heard, ['well', 'done', 'well'])
})

test('that a settled share is gone is told to who comes back, and once', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  await pass(60_000)
  const gone = mock.method(globalThis, 'fetch', async () => new Response('', {status: 410}))
  for (let time = 0; time < 3; time += 1) {
    await comeBack()
    await pass(60_000)
  }
  assert.deepEqual(world.heard, ['well', 'done', 'gone'])
  assert.equal(gone.mock.callCount(), 1)
})

test('that a settled share can not be looked at is no news', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  await pass(60_000)
  world.line = 'down'
  await comeBack()
  await pass(60_000)
  assert.equal(world.asked, 2)
  assert.deepEqual(world.heard, ['well', 'done'])
})

test('a check asks once more though all is known, and no more than that', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  poller.check()
  await settle()
  await pass(60_000)
  assert.equal(world.asked, 2)
  assert.deepEqual(world.heard, ['well', 'done', 'well'])
})

test('a check that fails says so, and asks on until the line is back', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  world.line = 'down'
  poller.check()
  await settle()
  assert.equal(world.heard.at(-1), 'broken')
  world.line = 'up'
  await pass(15_000)
  assert.equal(world.heard.at(-1), 'well')
  const {asked} = world
  await pass(60_000)
  assert.equal(world.asked, asked)
})

test('a check hurries nothing that is asked for anyway', async () => {
  const {world, poller} = make('running')
  await begin(poller)
  world.line = 'down'
  await pass(2_000)
  const {asked} = world
  for (let time = 0; time < 5; time += 1) poller.check()
  await settle()
  assert.equal(world.asked, asked)
})

test('what is gone is not asked for again', async () => {
  const {world, poller} = make('done')
  mock.method(globalThis, 'fetch', async () => {
    world.asked += 1
    return new Response('', {status: 410})
  })
  await begin(poller)
  assert.deepEqual(world.heard, ['gone'])
  await pass(60_000)
  await comeBack()
  assert.equal(world.asked, 1)
})

for (const [status, problem] of /** @type {[number, string][]} */ ([[404, 'broken'], [410, 'gone'], [451, 'gone']])) {
  test(`what was there is ${problem} when the answer is ${status}`, async () => {
    const {world, poller} = make('done')
    await begin(poller)
    mock.method(globalThis, 'fetch', async () => new Response('', {status}))
    poller.restart()
    await settle()
    assert.deepEqual(world.heard, ['well', 'done', problem])
  })
}

for (const line of /** @type {Line[]} */ (['down', 'refusing', 'hanging'])) {
  test(`when the line is back that was ${line}, that is known at once`, async () => {
    const {world, poller} = make('running')
    await begin(poller)
    world.line = line
    await pass(50_000)
    assert.equal(world.heard.at(-1), 'broken')
    world.line = 'up'
    poller.back()
    await settle()
    assert.equal(world.heard.at(-1), 'well')
    const {asked} = world
    await pass(2_500)
    assert.equal(world.asked, asked + 1, 'and it goes on as ever')
  })
}

for (const [says, event] of /** @type {const} */ ([
  ['the browser says that the line is back', new Event('online')],
  ['a page comes back that the browser kept', Object.assign(new Event('pageshow'), {persisted: true})],
])) {
  test(`${says} while a request hangs`, async () => {
    const {world, poller} = make('running')
    await begin(poller)
    world.line = 'hanging'
    await pass(2_500)
    world.line = 'up'
    globalThis.dispatchEvent(event)
    await settle()
    assert.deepEqual(world.heard, ['well', 'running', 'well'], 'nobody was told of trouble')
    assert.equal(world.asked, 3)
  })
}

test('a page that is shown for the first time gives up nothing', async () => {
  const {world, poller} = make('running')
  world.line = 'slow'
  await begin(poller)
  globalThis.dispatchEvent(Object.assign(new Event('pageshow'), {persisted: false}))
  await pass(1_500)
  assert.equal(world.asked, 1)
  assert.deepEqual(world.heard, ['well', 'running'])
})

test('what a request of a line that comes and goes is answered with is heard', async () => {
  const {world, poller} = make('running')
  world.line = 'slow'
  await begin(poller)
  for (let edge = 0; edge < 2; edge += 1) {
    await pass(500)
    poller.back(2_000)
  }
  await pass(500)
  assert.equal(world.asked, 1)
  assert.deepEqual(world.heard, ['well', 'running'])
})

test('something came through while a request hangs: it is given up', async () => {
  const {world, poller} = make('running')
  await begin(poller)
  world.line = 'hanging'
  await pass(4_500)
  world.line = 'up'
  poller.back(2_000)
  await settle()
  assert.deepEqual(world.heard, ['well', 'running', 'well'])
})

test('what is asked for anew in the midst of an answer is not forgotten for its sake', async () => {
  const {world, poller} = make('running')
  const off = poller.on('manifest', () => {
    world.line = 'slow'
    poller.back()
    off()
  })
  await begin(poller)
  poller.now()
  await settle()
  assert.equal(world.asked, 2)
  await pass(1_500)
  assert.deepEqual(world.heard, ['well', 'running', 'well'])
})

test('what is known is not asked for again because a line is back', async () => {
  const {world, poller} = make('done')
  await begin(poller)
  poller.back()
  await settle()
  assert.equal(world.asked, 1)
})

import assert from 'node:assert/strict'
import {mock, test} from 'node:test'
import {Palette} from '../../../../static/site/stems/palette.js'
import {Problem, problemOf} from '../../../../static/site/problem.js'
import {Queue} from '../../../../static/site/queue.js'
import {Sounds} from '../../../../static/site/stems/sounds.js'
import {fileSound, linkSound, StemList} from '../../../../static/site/stems/stem-list.js'
import {Upload} from '../../../../static/site/stems/upload.js'

test('what the service refuses is told on the row that it is about', () => {
  const list = new StemList()
  const file = /** @type {File} */ ({name: 'b.wav', size: 1})
  list.add({name: 'a', color: '#111111', sound: linkSound('https://a.example/a')})
  list.add({name: 'b', color: '#111111', sound: {...fileSound(file), state: 'done', upload: '/x'}})
  list.add({name: 'c', color: '#111111', sound: linkSound('https://a.example/c')})
  const {rows} = list
  list.move(rows[2]?.key ?? '', 0) // meanwhile
  const detail = {stems: {1: {code: 'upload_taken', message: 'Taken.'}, 2: {code: 'not_found', message: 'Gone.'}, 7: {code: 'x', message: 'Nobody.'}, 0: {name: ['No.']}}}
  new Sounds(list).blame(problemOf(422, {code: 'invalid', message: 'Stem 2: Taken.', detail}), rows)
  assert.deepEqual(list.rows.map(({name, sound}) => [name, /** @type {any} */ (sound).problem]), [['c', 'Gone.'], ['a', null], ['b', 'Taken.']])
  const again = list.rows[2]?.sound
  assert.ok(again?.kind === 'file' && again.state === 'broken' && again.upload === null, 'it can be sent anew')
})

test('an error without detail blames nobody', () => {
  const list = new StemList()
  list.add({name: 'a', color: '#111111', sound: linkSound('https://a.example/a')})
  new Sounds(list).blame(new Problem('offline', 'You are offline.'), list.rows)
  assert.equal(/** @type {any} */ (list.rows[0]).sound.problem, null)
})

test('what is brought while a share is made is still on its way, and can be given up', async () => {
  mock.method(Upload.prototype, 'send', () => new Promise(() => {}))
  const forget = mock.method(Upload.prototype, 'forget', async () => {})
  const cancel = mock.method(Upload.prototype, 'cancel', async () => {})
  const list = new StemList()
  const sounds = new Sounds(list)
  const [sent, later] = ['a', 'b'].map((name) => {
    const sound = fileSound(/** @type {File} */ ({name, size: 1}))
    const row = /** @type {import('../../../../static/site/stems/stem-list.js').Row} */ (list.add({name, color: '#111111', sound}))
    sounds.send(row.key, sound)
    return row
  })
  assert.ok(sent && later)
  await sounds.handOver([sent], async () => {
    sounds.drop(sent)
    assert.equal(cancel.mock.callCount(), 0, 'the service needs it until it has answered')
  })
  assert.equal(forget.mock.callCount(), 1)
  sounds.drop(sent)
  assert.equal(cancel.mock.callCount(), 0)
  sounds.drop(later)
  assert.equal(cancel.mock.callCount(), 1)
  mock.restoreAll()
})

test('what is removed while a share is made, and then is not, is given up', async () => {
  const cancel = mock.method(Upload.prototype, 'cancel', async () => {})
  mock.method(Upload.prototype, 'send', () => new Promise(() => {}))
  const list = new StemList()
  const sounds = new Sounds(list)
  const rows = ['a', 'b'].map((name) => {
    const sound = fileSound(/** @type {File} */ ({name, size: 1}))
    const row = /** @type {import('../../../../static/site/stems/stem-list.js').Row} */ (list.add({name, color: '#111111', sound}))
    sounds.send(row.key, sound)
    return row
  })
  const sending = sounds.handOver(rows, async () => {
    list.remove(rows[0]?.key ?? '')
    sounds.drop(/** @type {typeof rows[0] & {}} */ (rows[0]))
    throw new Problem('busy', 'Try again in a minute.')
  })
  await assert.rejects(sending, Problem)
  assert.equal(cancel.mock.callCount(), 1)
  mock.restoreAll()
})

test('two uploads go at once, the third waits', async () => {
  const queue = new Queue(2)
  /** @type {(() => void)[]} */
  const ends = []
  const job = () => new Promise((/** @type {(value: void) => void} */ resolve) => ends.push(() => resolve()))
  for (let n = 0; n < 3; n++) queue.add(job)
  assert.equal(ends.length, 2)
  ends[0]?.()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ends.length, 3)
})

test('a new stem gets the colour that the fewest have', () => {
  const palette = new Palette(JSON.stringify([{color: '#E8702A', name: 'Orange'}, {color: '#2F7FC1', name: 'Blue'}]))
  assert.equal(palette.next([]), '#E8702A')
  assert.equal(palette.next(['#e8702a']), '#2F7FC1')
  assert.equal(palette.next(['#E8702A', '#2F7FC1', '#2F7FC1']), '#E8702A')
})

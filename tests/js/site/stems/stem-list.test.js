import assert from 'node:assert/strict'
import {test} from 'node:test'
import {fileSound, linkSound, MOST, stemBody, StemList} from '../../../../static/site/stems/stem-list.js'

const link = (/** @type {string} */ name) => ({name, color: '#111111', sound: linkSound(`https://a.example/${name}.wav`)})

/** @param {...string} names */
function listOf(...names) {
  const list = new StemList()
  for (const name of names) list.add(link(name))
  return list
}

const names = (/** @type {StemList} */ list) => list.rows.map((row) => row.name).join('')
const key = (/** @type {StemList} */ list, /** @type {number} */ place) => list.rows[place]?.key ?? ''

test('rows move, and stop at the ends', () => {
  const list = listOf('a', 'b', 'c')
  assert.equal(list.move(key(list, 0), 1), true)
  assert.equal(names(list), 'bac')
  assert.equal(list.move(key(list, 0), 99), true)
  assert.equal(names(list), 'acb')
  assert.equal(list.move(key(list, 0), -1), false)
  assert.equal(list.move('nobody', 0), false)
})

test('every order can be reached, and nothing gets lost on the way', () => {
  const list = listOf('a', 'b', 'c', 'd', 'e')
  let seed = 7
  const random = (/** @type {number} */ below) => (seed = (seed * 16807) % 2147483647) % below
  for (let turn = 0; turn < 500; turn++) {
    const [from, to] = [random(5), random(5)]
    const moved = key(list, from)
    list.move(moved, to)
    assert.equal(list.place(moved), to)
    assert.equal(new Set(list.rows.map((row) => row.name)).size, 5)
  }
})

test('a share has a limit of stems', () => {
  const list = new StemList()
  for (let n = 0; n < MOST; n++) assert.ok(list.add(link(String(n))))
  assert.equal(list.add(link('one more')), null)
  assert.equal(list.rows.length, MOST)
})

test('with exclusive solo a second one takes it from the first', () => {
  const list = listOf('a', 'b', 'c')
  list.set(key(list, 0), {soloed: true})
  list.set(key(list, 1), {soloed: true})
  list.setExclusive(true)
  assert.deepEqual(list.rows.map((row) => row.soloed), [true, false, false])
  list.set(key(list, 2), {soloed: true})
  assert.deepEqual(list.rows.map((row) => row.soloed), [false, false, true])
})

test('news of a sound that was replaced meanwhile is no news', () => {
  const list = listOf('a')
  const row = list.rows[0]
  assert.ok(row?.sound.kind === 'link')
  list.replace(row.key, linkSound('https://b.example/other.wav'))
  assert.equal(list.learn(row.key, row.sound, {problem: 'gone'}), null)
  assert.equal(/** @type {any} */ (list.rows[0])?.sound.problem, null)
  list.remove(row.key)
  assert.equal(list.learn(row.key, row.sound, {problem: 'gone'}), null)
})

test('the API gets what it knows, and nothing else', () => {
  const list = listOf(' a ')
  list.set(key(list, 0), {muted: true, volume: 0.5})
  const file = /** @type {File} */ ({name: 'b.wav', size: 1})
  list.add({name: 'b', color: '#222222', sound: {...fileSound(file), upload: '/api/uploads/x'}})
  list.add({name: '  ', color: '#333333', sound: linkSound('https://a.example/c.wav')})
  assert.deepEqual(list.rows.map(stemBody), [
    {name: 'a', color: '#111111', muted: true, soloed: false, volume: 0.5, pan: 0, url: 'https://a.example/ a .wav', keep: false},
    {name: 'b', color: '#222222', muted: false, soloed: false, volume: 1, pan: 0, upload: '/api/uploads/x'},
    {color: '#333333', muted: false, soloed: false, volume: 1, pan: 0, url: 'https://a.example/c.wav', keep: false},
  ])
})

import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Shares} from '../../../static/site/shares.js'

const mine = {id: 'abc', url: 'http://localhost/abc', token: 't', title: 'One', state: 'queued', created: 1}

/**
 * What of Storage is used.
 * @param {string|null} [text]
 */
function storage(text = null) {
  const kept = {text, full: false}
  const fake = {
    getItem: () => kept.text,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
      if (kept.full) throw new Error('QuotaExceededError')
      if (key === 'stemlink.shares') kept.text = value
    },
    removeItem: () => {},
  }
  return {kept, fake: /** @type {Storage} */ (/** @type {unknown} */ (fake))}
}

test('shares are listed newest first, and found again by another page', () => {
  const {fake} = storage()
  const shares = new Shares(fake)
  shares.put(mine)
  shares.put({...mine, id: 'def', created: 2})
  assert.deepEqual(new Shares(fake).list().map(({id}) => id), ['def', 'abc'])
})

test('a manifest changes title and state, and never the token', () => {
  const {fake} = storage()
  const shares = new Shares(fake)
  shares.put(mine)
  shares.note({id: 'abc', title: 'Two', state: 'done'})
  assert.deepEqual(shares.get('abc'), {...mine, title: 'Two', state: 'done'})
})

test('a manifest that was overtaken by a change is no news', () => {
  const shares = new Shares(storage().fake)
  shares.put(mine)
  shares.note({id: 'abc', title: 'Two', state: 'done', revision: 2})
  shares.note({id: 'abc', title: 'One', state: 'running', revision: 1})
  assert.deepEqual(shares.get('abc'), {...mine, title: 'Two', state: 'done', revision: 2})
})

test('the manifest of a stranger is not noted', () => {
  const shares = new Shares(storage().fake)
  shares.note({id: 'xyz', title: 'Theirs', state: 'done'})
  assert.deepEqual(shares.list(), [])
})

test('a share that was forgotten is gone', () => {
  const {fake} = storage()
  const shares = new Shares(fake)
  shares.put(mine)
  shares.forget('abc')
  assert.deepEqual(new Shares(fake).list(), [])
})

for (const [what, text] of [['no JSON', '{'], ['not a list', '{"a":1}'], ['a script for a link', JSON.stringify([{...mine, url: 'javascript:alert(1)'}])]]) {
  test(`${what} in the storage reads as nothing`, () => {
    assert.deepEqual(new Shares(storage(text).fake).list(), [])
  })
}

test('a browser that keeps nothing still has a list while the page lives', () => {
  const shares = new Shares(null)
  shares.put(mine)
  assert.equal(shares.lasting, false)
  assert.deepEqual(shares.list(), [mine])
})

test('a storage that becomes full loses no share while the page lives', () => {
  const {fake, kept} = storage()
  const shares = new Shares(fake)
  assert.equal(shares.lasting, true)
  kept.full = true
  shares.put(mine)
  assert.equal(shares.lasting, false)
  assert.equal(shares.get('abc')?.token, 't')
})

test('a storage that is full is still read', () => {
  const {fake, kept} = storage(JSON.stringify([mine]))
  kept.full = true
  const shares = new Shares(fake)
  assert.equal(shares.lasting, false)
  assert.deepEqual(shares.list(), [mine])
})

test('a storage that has room again keeps what it did not', () => {
  const {fake, kept} = storage()
  const shares = new Shares(fake)
  kept.full = true
  shares.put(mine)
  kept.full = false
  shares.put({...mine, id: 'def'})
  assert.equal(shares.lasting, true)
  assert.deepEqual(new Shares(fake).list().map(({id}) => id), ['abc', 'def'])
})

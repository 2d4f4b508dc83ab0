import assert from 'node:assert/strict'
import {getEventListeners} from 'node:events'
import {test} from 'node:test'
import {anyOf} from '../../../static/player/core/any-of.js'
import {Emitter} from '../../../static/player/core/emitter.js'
import {Scope} from '../../../static/player/core/scope.js'

test('a scope gives back everything, once, the last first', () => {
  const scope = new Scope()
  /** @type {string[]} */
  const given = []
  scope.add(() => given.push('first'))
  scope.child().add(() => given.push('child'))
  scope.add(() => given.push('early'))()
  scope.dispose()
  scope.dispose()
  assert.deepEqual(given, ['early', 'child', 'first'])
})

test('what comes after the end is given back at once', () => {
  const scope = new Scope()
  scope.dispose()
  let given = 0
  scope.add(() => (given += 1))
  assert.equal(given, 1)
})

test('listeners and timers end with the scope', async () => {
  const scope = new Scope()
  const target = new EventTarget()
  let heard = 0
  scope.listen(target, 'ping', () => (heard += 1))
  scope.timeout(() => (heard += 100), 1)
  scope.interval(() => (heard += 100), 1)
  target.dispatchEvent(new Event('ping'))
  scope.dispose()
  target.dispatchEvent(new Event('ping'))
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(heard, 1)
})

test('the first of some signals is enough, and then nobody listens to the others', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const first = anyOf(one.signal, other.signal)
  assert.equal(first.aborted, false)
  other.abort()
  assert.equal(first.aborted, true)
  assert.equal(anyOf(one.signal, other.signal).aborted, true, 'it had ended before')
  assert.equal(getEventListeners(one.signal, 'abort').length, 0)
})

test('a listener can leave', () => {
  const emitter = new Emitter()
  let heard = 0
  const leave = emitter.on('x', () => (heard += 1))
  emitter.emit('x', undefined)
  leave()
  emitter.emit('x', undefined)
  assert.equal(heard, 1)
})

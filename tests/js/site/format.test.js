import assert from 'node:assert/strict'
import {test} from 'node:test'
import {age, clock, left, percent, size} from '../../../static/site/format.js'

test('sizes are decimal, with a digit after the point only where it tells something', () => {
  assert.equal(size(900), '1 kB')
  assert.equal(size(1_240_000), '1.2 MB')
  assert.equal(size(48_300_000), '48 MB')
  assert.equal(size(2_500_000_000), '2.5 GB')
})

test('a length is to the nearest second, with hours only where there are some', () => {
  assert.equal(clock(186.6), '3:07')
  assert.equal(clock(3765), '1:02:45')
})

test('a percentage never says all before it is all', () => {
  assert.equal(percent(0.999), '99%')
  assert.equal(percent(1), '100%')
})

test('time left is as rough as the guess is', () => {
  assert.equal(left(2), 'a few seconds left')
  assert.equal(left(21), 'about 25 seconds left')
  assert.equal(left(58), 'about 1 minute left')
  assert.equal(left(150), 'about 3 minutes left')
  assert.equal(left(7200), 'about 2 hours left')
})

test('age uses the largest unit that fits, and a clock that is ahead means now', () => {
  const minute = 60_000
  assert.equal(age(0, -5000), 'just now')
  assert.equal(age(0, 3 * minute), '3 minutes ago')
  assert.equal(age(0, 25 * 60 * minute), 'yesterday')
  assert.equal(age(0, 400 * 24 * 60 * minute), 'last year')
})

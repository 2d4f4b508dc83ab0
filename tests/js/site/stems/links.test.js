import assert from 'node:assert/strict'
import {test} from 'node:test'
import {linesOf, linksIn} from '../../../../static/site/stems/links.js'

test('one link a line, whatever the ends of the lines are', () => {
  assert.deepEqual(linesOf('https://a.example/1.wav\r\n\n  https://a.example/2.wav  \rhttps://a.example/3.wav'), [
    'https://a.example/1.wav',
    'https://a.example/2.wav',
    'https://a.example/3.wav',
  ])
})

test('links among other words are found, without what closes the sentence', () => {
  const mail = 'Drums: <https://a.example/drums.wav>, bass (https://a.example/bass.wav?dl=0). And https://a.example/a_(live).wav!'
  assert.deepEqual(linksIn(mail), ['https://a.example/drums.wav', 'https://a.example/bass.wav?dl=0', 'https://a.example/a_(live).wav'])
})

test('a line that is no link stays, so that its row can say so; in what was merely on the clipboard it is none', () => {
  assert.deepEqual(linesOf('javascript:alert(1)\nhello'), ['javascript:alert(1)', 'hello'])
  assert.deepEqual(linksIn('javascript:alert(1)\nfile:///etc/passwd\nhello'), [])
})

test('each link is there once', () => {
  assert.deepEqual(linesOf('https://a.example/1.wav\nhttps://a.example/1.wav'), ['https://a.example/1.wav'])
})

test('a long text of no links is read in no time', () => {
  const began = performance.now()
  linksIn('http://'.repeat(50_000) + 'x'.repeat(200_000))
  assert.ok(performance.now() - began < 500)
})

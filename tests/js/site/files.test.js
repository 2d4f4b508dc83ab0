import assert from 'node:assert/strict'
import {test} from 'node:test'
import {mediaType, refusal} from '../../../static/site/files.js'

const song = {name: 'song.mp3', type: 'audio/mpeg', size: 1000}

test('a song passes', () => {
  assert.equal(refusal(song, 2000), null)
})

test('what the browser does not know is left to the server', () => {
  assert.equal(refusal({...song, name: 'take 7', type: ''}, 2000), null)
  assert.equal(refusal({...song, name: 'clip.mp4', type: 'video/mp4'}, 2000), null)
})

test('a picture, an empty file and one over the cap are refused before they are sent', () => {
  assert.match(refusal({...song, name: 'cover.png', type: 'image/png'}, 2000) ?? '', /not a kind of sound/)
  assert.match(refusal({...song, size: 0}, 2000) ?? '', /empty/)
  assert.match(refusal({...song, size: 3_000_000}, 2_000_000) ?? '', /3 MB; at most 2 MB/)
})

test('exactly the cap is allowed', () => {
  assert.equal(refusal({...song, size: 2000}, 2000), null)
})

test('a song is sent as audio, whatever the browser takes it for', () => {
  assert.equal(mediaType({type: 'audio/flac'}), 'audio/flac')
  assert.match(mediaType({type: 'video/mp4'}), /^audio\//)
})

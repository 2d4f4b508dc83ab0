import assert from 'node:assert/strict'
import {test} from 'node:test'
import {chooseRendition} from '../../../static/player/sources/rendition.js'
import {Throughput} from '../../../static/player/sources/throughput.js'
import {readLink} from '../../../static/player/state/link.js'
import {Looping} from '../../../static/player/state/looping.js'
import {Mix} from '../../../static/player/state/mix.js'
import {writeLink} from '../../../static/player/state/write-link.js'

/** @param {string[]} ids @returns {any} */
const stems = (...ids) => ids.map((id) => ({id, muted: false, soloed: false, volume: 1, pan: 0}))

test('solo wins over mute', () => {
  const mix = new Mix()
  mix.sync(stems('a', 'b', 'c'))
  mix.set('a', {muted: true, soloed: true})
  assert.deepEqual(mix.levels.stems.map((stem) => stem.gain), [1, 0, 0])
  mix.toggleSolo('a')
  assert.deepEqual(mix.levels.stems.map((stem) => stem.gain), [0, 1, 1])
})

test('a stem is soloed alone, whatever was soloed before', () => {
  const mix = new Mix()
  mix.sync(stems('a', 'b', 'c'))
  const soloed = () => mix.channels.filter((channel) => channel.soloed).map(({id}) => id).join()
  mix.toggleSolo('a')
  mix.toggleSolo('b')
  mix.toggleSolo('c', true)
  assert.equal(soloed(), 'c')
  mix.toggleSolo('a')
  mix.toggleSolo('a', true)
  assert.equal(soloed(), 'a', 'it stays when others end')
  mix.toggleSolo('a', true)
  assert.equal(soloed(), '')
})

test('an exclusive solo takes the place of the last', () => {
  const mix = new Mix()
  mix.sync(stems('a', 'b'))
  mix.toggleSolo('a')
  mix.setExclusive(true)
  mix.toggleSolo('b')
  assert.deepEqual(mix.channels.map((channel) => channel.soloed), [false, true])
})

test('what the listener set stays when the manifest comes again', () => {
  const mix = new Mix()
  mix.sync(stems('a'))
  mix.set('a', {volume: 0.5})
  mix.sync(stems('a', 'b'))
  assert.equal(mix.channel('a')?.volume, 0.5)
  mix.reset()
  assert.equal(mix.channel('a')?.volume, 1)
})

test('what the listener left alone follows the owner', () => {
  const mix = new Mix()
  const [drums, bass] = stems('drums', 'bass')
  mix.sync([drums, bass])
  mix.set('drums', {volume: 0.5})
  mix.sync([{...drums, muted: true}, {...bass, soloed: true}])
  assert.deepEqual(mix.channels, [
    {id: 'drums', muted: true, soloed: false, volume: 0.5, pan: 0},
    {id: 'bass', muted: false, soloed: true, volume: 1, pan: 0},
  ])
  assert.deepEqual(mix.changes, new Map([['drums', {volume: 0.5}]]))
})

test('one solo at a time follows the owner, until the listener decides', () => {
  const mix = new Mix()
  const [drums, bass] = stems('drums', 'bass')
  mix.sync([drums, bass], 1, false)
  mix.set('drums', {soloed: true})
  mix.set('bass', {soloed: true})
  mix.sync([drums, bass], 1, true)
  assert.equal(mix.exclusive, true)
  assert.deepEqual(mix.channels.map((channel) => channel.soloed), [true, false])
  mix.setExclusive(false)
  mix.sync([drums, bass], 1, true)
  assert.equal(mix.exclusive, false)
})

test('a link says that no stem is soloed where its owner solos one', () => {
  const mix = new Mix()
  const [drums, bass] = stems('drums', 'bass')
  mix.sync([{...drums, soloed: true, volume: 0.8}, bass])
  const link = () => writeLink('x', {t: 0, loop: null, mix, speed: 1, pitch: 0})
  assert.equal(link(), 'x?t=0')
  mix.toggleSolo('drums')
  assert.equal(link(), 'x?t=0&solo=')
  assert.deepEqual(readLink('?t=0&solo='), {t: 0, solo: []})
})

test('a link says what it was written from', () => {
  const mix = new Mix()
  mix.sync(stems('lead vocals', 'drums', 'bass'))
  mix.set('lead vocals', {soloed: true, pan: -0.2})
  mix.set('drums', {volume: 0.5, muted: true})
  const link = writeLink('https://host/x', {t: 42.5, loop: {from: 30, to: 45.25}, mix, speed: 0.75, pitch: -2})
  assert.equal(link, 'https://host/x?t=42.5&solo=lead%20vocals&loop=30-45.25&mix=lead%20vocals:100:-20,drums:50:0:m&speed=0.75&pitch=-2')
  const read = readLink(new URL(link).search)
  assert.deepEqual(read, {
    t: 42.5,
    loop: {from: 30, to: 45.25},
    solo: ['lead vocals'],
    mix: new Map([
      ['lead vocals', {volume: 1, pan: -0.2, muted: false}],
      ['drums', {volume: 0.5, pan: 0, muted: true}],
    ]),
    speed: 0.75,
    pitch: -2,
  })
})

test('nonsense in a link is as if it were not there', () => {
  assert.deepEqual(readLink('?t=-1&loop=9-3&mix=&speed=fast&pitch=1e9'), {})
  assert.deepEqual(readLink('?t=1e9&loop=a-b&speed=99'), {speed: 1.5})
  assert.deepEqual(readLink('?mix=a:9999:-9999:x').mix?.get('a'), {volume: 2, pan: -1, muted: false})
})

test('a moment is understood as people write it', () => {
  const moments = {
    90: ['90', '90.0', '90s', '1m30s', '1m30', '1:30', '01:30', '0:01:30', '1M30S', 'npt:90', 'npt:1:30', 'npt:90s', '90,120', 'npt:1:30,2:00'],
    120: ['2m', '120s', '2:00', '120,'],
    3765: ['1h2m45s', '1:02:45', '62m45s', '62:45', 'npt:01:02:45'],
    3600: ['1h', '60m', '1h0s', '60:00'],
    7.25: ['7.25', '7.25s', '0:07.25', '0m7.25s'],
  }
  for (const [seconds, texts] of Object.entries(moments)) {
    for (const text of texts) {
      assert.deepEqual(readLink(`?t=${text}`), {t: Number(seconds)}, text)
      assert.deepEqual(readLink('', `#t=${encodeURIComponent(text)}`), {t: Number(seconds)}, text)
    }
  }
  const nonsense = ['', 's', 'm', 'npt:', ':30', '1:', '1:2:3:4', '1:75', '1s30m', '30s1m', '1m 30s', '-1:30', '1.5m', 'soon', '1:30x', ',20', 'smpte:0:10', '1e3', '١:٣٠']
  for (const text of nonsense) assert.deepEqual(readLink(`?t=${encodeURIComponent(text)}`), {}, text)
})

test('the moment before the fragment counts, and of a fragment nothing but its moment', () => {
  assert.deepEqual(readLink('?t=5&speed=0.75', '#t=9'), {t: 5, speed: 0.75})
  assert.deepEqual(readLink('?speed=0.75', '#t=9&speed=1.5'), {t: 9, speed: 0.75})
  assert.deepEqual(readLink('', '#edit=t'), {})
})

test('a loop that is switched off keeps its place', () => {
  const looping = new Looping()
  looping.set(looping.toggled(100, 50))
  looping.set(looping.toggled(0, 0))
  assert.deepEqual([looping.loop, looping.region], [null, {from: 100, to: 150}])
  looping.set(looping.toggled(0, 0))
  assert.deepEqual(looping.loop, {from: 100, to: 150})
  assert.deepEqual(looping.moved('to', 50, 999), {from: 0, to: 50})
})

test('the small rendition is for slow lines and for who asks', () => {
  /** @type {any} */
  const both = {flac: {}, aac: {}}
  assert.equal(chooseRendition(both, 'auto', null, 4), 'flac')
  assert.equal(chooseRendition(both, 'auto', 2e6, 4), 'aac')
  assert.equal(chooseRendition(both, 'auto', 2e7, 4), 'flac')
  assert.equal(chooseRendition(both, 'lossless', 1e5, 4), 'flac')
  assert.equal(chooseRendition(both, 'small', 1e9, 4), 'aac')
  assert.equal(chooseRendition({}, 'auto', null, 4), null)
})

test('throughput is that of the line, however many loads share it', () => {
  let now = 0
  const throughput = new Throughput(() => now)
  throughput.begin()
  throughput.begin()
  now = 1
  throughput.received(500_000)
  throughput.received(500_000)
  throughput.end()
  throughput.end()
  now = 100
  assert.equal(throughput.bitsPerSecond, 8e6)
})

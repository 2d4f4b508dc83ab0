import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readAcross} from '../../../../static/site/stems/browser-check.js'

const page = {protocol: 'http:'}
const URL_ = 'http://a.example/a.wav'

/**
 * A browser in which a request across origins is answered, or fails as a browser lets it fail: without a reason.
 * @param {{cors: number|null, opaque?: boolean}} host
 */
function browser({cors, opaque = false}) {
  /** @type {RequestInit[]} */
  const asked = []
  const fetch = /** @type {typeof globalThis.fetch} */ (
    async (_url, options = {}) => {
      asked.push(options)
      if (options.mode === 'no-cors' ? !opaque : cors === null) throw new TypeError('Failed to fetch')
      return /** @type {Response} */ ({status: options.mode === 'no-cors' ? 0 : cors})
    }
  )
  return {asked, fetch}
}

test('two bytes are asked for, without cookies and without telling from where', async () => {
  const {fetch, asked} = browser({cors: 206})
  assert.equal(await readAcross(URL_, {fetch, page}), 'streams')
  const [{mode, credentials, headers, referrerPolicy, signal} = {}] = asked
  assert.deepEqual([mode, credentials, headers, referrerPolicy], ['cors', 'omit', {Range: 'bytes=0-1'}, 'no-referrer'])
  assert.equal(signal?.aborted, true, 'the rest of the file goes on loading')
})

test('a host that sends all of it, one that refuses, one that no page may read, and one that is not there', async () => {
  assert.equal(await readAcross(URL_, {...browser({cors: 200}), page}), 'whole')
  assert.equal(await readAcross(URL_, {...browser({cors: 403}), page}), 'away')
  assert.equal(await readAcross(URL_, {...browser({cors: null, opaque: true}), page}), 'closed')
  assert.equal(await readAcross(URL_, {...browser({cors: null}), page}), 'away')
})

test('an encrypted page does not even ask an unencrypted host', async () => {
  const {fetch, asked} = browser({cors: 206})
  assert.equal(await readAcross(URL_, {fetch, page: {protocol: 'https:'}}), 'mixed')
  assert.equal(asked.length, 0)
})

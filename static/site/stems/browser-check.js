import {anyOf} from '../../player/core/any-of.js'

/**
 * Whether pages like ours may read a link, found out by the visitor's own browser.
 * `streams`: read, piece by piece; `whole`: read, but only from its beginning; `closed`: there, but no other page may read it;
 * `away`: this browser can't get at it; `mixed`: this page is encrypted, the link isn't; `untold`: this page may not try.
 * @typedef {'streams'|'whole'|'closed'|'away'|'mixed'|'untold'} Reading
 */

const PATIENCE = 15_000 // milliseconds

/**
 * Read the first two bytes across origins, as the player will. Where that is refused, ask without wanting to read: a
 * browser doesn't say whether it was the network or the host's rules that said no.
 * @param {string} url
 * @param {{fetch?: typeof globalThis.fetch, page?: {protocol: string}, signal?: AbortSignal}} [world]
 * @returns {Promise<Reading>}
 */
export async function readAcross(url, {fetch = globalThis.fetch, page = globalThis.location, signal} = {}) {
  if (page.protocol === 'https:' && url.startsWith('http:')) return 'mixed'
  const ask = async (/** @type {RequestInit} */ options) => {
    const stop = new AbortController()
    const signals = [stop.signal, AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])]
    try {
      const common = {credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal: anyOf(...signals)}
      const {status} = await fetch(url, /** @type {RequestInit} */ ({...common, ...options}))
      return status
    } catch {
      return null
    } finally {
      stop.abort() // two bytes may have become the whole file
    }
  }
  const status = await ask({mode: 'cors', headers: {Range: 'bytes=0-1'}})
  if (status === 206) return 'streams'
  if (status !== null) return status < 400 ? 'whole' : 'away'
  return (await ask({mode: 'no-cors'})) === null ? 'away' : 'closed'
}

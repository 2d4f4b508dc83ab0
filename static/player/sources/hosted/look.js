/** @import {Scope} from '../../core/scope.js' */
import {anyOf} from '../../core/any-of.js'
import {LoadError} from '../source.js'
import {hostedWords} from './words.js'

/** Milliseconds after which a host that sends nothing is given up. */
export const STALLED = 15_000
const HEAD = 1_024

/**
 * @typedef {object} Look what a first request tells
 * @property {boolean} range whether parts can be asked for
 * @property {number|null} seconds that it may last, by its size and kind; null where the host tells no size
 */

/** Bytes of a second, of files as they usually are: by their first letters. */
const USUAL = [['RIFF', 176_400], ['fLaC', 90_000], ['', 16_000]]

/**
 * Asks a host for the first bytes of a file.
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {Scope} scope
 * @returns {Promise<Look>} or a LoadError: `refused` when the page may not read it, for whatever reason
 */
export async function look(url, signal, scope) {
  if (url.startsWith('blob:')) return {range: true, seconds: null}
  const response = await request(url, {headers: {Range: `bytes=0-${HEAD - 1}`}}, signal, scope)
  const total = Number(response.headers.get('Content-Range')?.split('/')[1]) || null
  const size = response.status === 206 ? total : Number(response.headers.get('Content-Length')) || null
  const reader = response.body?.getReader()
  // Ends the answer when its beginning has come, or doesn't come.
  const own = scope.child(STALLED)
  own.add(() => void reader?.cancel().catch(() => {}))
  const first = (await reader?.read().catch(() => null))?.value ?? new Uint8Array(0)
  if (own.disposed) throw new LoadError('unreachable', hostedWords.unreachable, true)
  own.dispose()
  const type = response.headers.get('Content-Type') ?? ''
  const text = new TextDecoder().decode(first.subarray(0, 64))
  if (type.startsWith('text/html') || /^\s*<(!doctype|html|\?xml)/i.test(text)) {
    throw new LoadError('damaged', hostedWords.page, true)
  }
  const [, usual] = USUAL.find(([letters]) => text.startsWith(String(letters))) ?? []
  return {range: response.status === 206, seconds: size && size / Number(usual)}
}

/**
 * A request to somebody else's host, without anything of ours in it.
 * @param {string} url
 * @param {RequestInit} init
 * @param {AbortSignal} signal
 * @param {Scope} scope
 */
export async function request(url, init, signal, scope) {
  const slow = new AbortController()
  const hurry = scope.timeout(() => slow.abort(), STALLED)
  let response
  try {
    response = await fetch(url, {...init, credentials: 'omit', signal: anyOf(signal, slow.signal)})
  } catch (error) {
    if (signal.aborted) throw error
    if (slow.signal.aborted || !navigator.onLine) throw new LoadError('unreachable', hostedWords.unreachable, true)
    throw new LoadError('refused', hostedWords.refused, true)
  } finally {
    hurry()
  }
  if (response.ok) return response
  void response.body?.cancel().catch(() => {})
  // The file ends before it should have, or tells no page how long it is: loaded whole, it may play.
  if (response.status === 416) throw new LoadError('damaged', hostedWords.damaged, true)
  const gone = response.status >= 400 && response.status < 500 && response.status !== 429
  throw gone ? new LoadError('missing', hostedWords.missing, true) : new LoadError('unreachable', hostedWords.unreachable, true)
}

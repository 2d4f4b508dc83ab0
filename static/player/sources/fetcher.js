/** @import {Scope} from '../core/scope.js' */
/** @import {Throughput} from './throughput.js' */
import {LoadError} from './source.js'

const STALLED = 15_000
const FIRST_DELAY = 500
const LONGEST_DELAY = 5_000
/** So often a file is tried while other files arrive; when nothing arrives at all, the line is to blame and we go on. */
const TRIES = 4
/** The share of a file that is handed over first; then twice as much, and so on: no sooner is it played than more is there. */
const FIRST_PART = 1 / 6

/**
 * @callback OnPart gets what has arrived at a sixth, a third and two thirds
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} seconds that the whole will take, as it looks now
 */

/**
 * Gets whole files: again after a pause when the line is bad, not again when the host says no.
 * A dropped network fails nothing; it only takes longer.
 */
export class Fetcher {
  #scope
  #throughput
  #tell
  #fetch
  #lastArrival = -Infinity
  /** Nothing has come since something hasn't. */
  #down = false

  /**
   * @param {Scope} scope
   * @param {Throughput} throughput
   * @param {(up: boolean) => void} [tell] a file hasn't come, so that the line is down, perhaps; or it is up again
   * @param {typeof fetch} [get]
   */
  constructor(scope, throughput, tell = () => {}, get = (...args) => fetch(...args)) {
    this.#scope = scope
    this.#throughput = throughput
    this.#tell = tell
    this.#fetch = get
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   * @param {RequestInit} [init]
   * @param {OnPart} [onPart]
   * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, status: number}>}
   */
  async get(url, signal, init = {}, onPart = undefined) {
    const began = performance.now()
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(url, signal, init, onPart)
      } catch (error) {
        if (signal.aborted || (error instanceof LoadError && error.code === 'missing')) throw error
        this.#down = true
        this.#tell(false)
        if (tries >= TRIES && this.#lastArrival > began) throw new LoadError('unreachable')
      }
      await this.#rest(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (tries - 1)), signal)
    }
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   * @param {RequestInit} init
   * @param {OnPart|undefined} onPart
   */
  async #once(url, signal, init, onPart) {
    const own = new AbortController()
    const attempt = this.#scope.child()
    attempt.listen(signal, 'abort', () => own.abort())
    let stalled = attempt.timeout(() => own.abort(), STALLED)
    const began = performance.now()
    this.#throughput.begin()
    try {
      const response = await this.#fetch(url, {...init, signal: own.signal})
      // 429 and 5xx pass; any other refusal stays one.
      if (response.status >= 400 && response.status < 500 && response.status !== 429 && response.status !== 408) {
        throw new LoadError('missing', String(response.status))
      }
      if (!response.ok || !response.body) throw new LoadError('unreachable', String(response.status))
      /** @type {Uint8Array[]} */
      const chunks = []
      const reader = response.body.getReader()
      const total = Number(response.headers.get('Content-Length')) || Infinity
      let arrived = 0
      let next = total * FIRST_PART
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        stalled()
        stalled = attempt.timeout(() => own.abort(), STALLED)
        this.#throughput.received(part.value.length)
        chunks.push(part.value)
        arrived += part.value.length
        if (onPart && arrived >= next && arrived < total) {
          onPart(join(chunks), ((performance.now() - began) / 1000 / arrived) * total)
          while (next <= arrived) next *= 2
        }
      }
      this.#lastArrival = performance.now()
      if (this.#down) this.#tell(true)
      this.#down = false
      return {bytes: join(chunks), status: response.status}
    } finally {
      this.#throughput.end()
      attempt.dispose()
    }
  }

  /**
   * @param {number} milliseconds
   * @param {AbortSignal} signal ends it with an error
   */
  #rest(milliseconds, signal) {
    const rest = this.#scope.child()
    return new Promise((resolve, reject) => {
      rest.timeout(() => resolve(undefined), milliseconds * (0.75 + Math.random() / 2))
      rest.listen(globalThis, 'online', () => resolve(undefined))
      rest.listen(signal, 'abort', () => reject(signal.reason))
      rest.add(() => reject(new LoadError('unreachable')))
    }).finally(() => rest.dispose())
  }
}

/** @param {Uint8Array[]} chunks */
function join(chunks) {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

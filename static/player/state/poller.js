/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {isSettled} from '../core/manifest.js'

const QUICK = 2_000
const SLOW = 8_000
const SLOWEST = 15_000
const TIMEOUT = 20_000
const FRESH = 60_000

/** @typedef {'missing'|'gone'|'offline'|'broken'} Problem */

/**
 * Follows the manifest of a share until nothing will change any more: every two seconds while it changes, less often
 * while it doesn't or can't be reached. The browser revalidates by ETag.
 * @extends {Emitter<{manifest: Manifest, problem: Problem|null}>} `problem`: null when it can be reached
 */
export class Poller extends Emitter {
  #url
  #scope
  #delay = QUICK
  #text = ''
  /** @type {Scope|null} the request that is on its way */
  #asking = null
  #asked = 0
  #settled = false
  #stopped = false
  /** @type {() => void} */
  #cancel = () => {}

  /**
   * @param {string} url
   * @param {Scope} scope
   */
  constructor(url, scope) {
    super()
    this.#url = url
    this.#scope = scope
    scope.listen(globalThis, 'online', () => this.back())
    // a kept page's requests were broken off
    scope.listen(globalThis, 'pageshow', (/** @type {PageTransitionEvent} */ {persisted}) => persisted && this.back())
    scope.listen(document, 'visibilitychange', () => {
      if (!document.hidden) this.now()
    })
  }

  /** Looks at once, unless everything was known a moment ago. */
  now() {
    if (this.#asking || this.#scope.disposed || (this.#stopped && Date.now() - this.#asked < FRESH)) return
    this.#cancel()
    void this.#look()
  }

  /** Follows again what seemed settled: something isn't as the last manifest said. */
  restart() {
    this.#settled = this.#stopped = false
    this.#delay = QUICK
    this.now()
  }

  /** Looks once more, though all was known: something else hasn't come. */
  check() {
    if (!this.#stopped) return
    this.#stopped = false
    this.now()
  }

  /** The line is back. What was asked while it was down may hang, and is given up. @param {number} patience ms that it has */
  back(patience = 0) {
    if (Date.now() - this.#asked >= patience) {
      this.#asking?.dispose()
      this.#asking = null
    }
    this.#delay = QUICK
    this.now()
  }

  async #look() {
    const own = (this.#asking = this.#scope.child(TIMEOUT))
    this.#asked = Date.now()
    try {
      const response = await fetch(this.#url, {cache: 'no-cache', credentials: 'omit', signal: own.signal})
      const {ok, status} = response
      const text = ok ? await response.text() : ''
      if (own !== this.#asking) return
      // Of what was there, a 404 is trouble on the way.
      if (status === 410 || status === 451 || (status === 404 && !this.#text)) {
        this.#stopped = true
        this.#asked = Infinity // never again
        this.emit('problem', status === 404 ? 'missing' : 'gone')
      } else if (ok) this.#take(text)
      else throw new Error(String(status))
    } catch {
      if (own !== this.#asking || this.#scope.disposed) return
      this.#delay = Math.min(SLOWEST, this.#delay * 2)
      if (!this.#stopped) this.emit('problem', navigator.onLine ? 'broken' : 'offline')
    }
    own.dispose()
    if (own !== this.#asking) return
    this.#asking = null
    if (!this.#stopped) this.#cancel = this.#scope.timeout(() => this.now(), this.#delay)
  }

  /** @param {string} text */
  #take(text) {
    this.emit('problem', null)
    if (text === this.#text) {
      this.#stopped = this.#settled
      this.#delay = Math.min(SLOW, this.#delay * 1.25)
      return
    }
    /** @type {Manifest} */
    const manifest = JSON.parse(text)
    this.#text = text
    this.#delay = QUICK
    this.#stopped = this.#settled = isSettled(manifest)
    this.emit('manifest', manifest)
  }
}

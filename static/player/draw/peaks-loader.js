/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {Peaks} from './peaks.js'

const TRY_AGAIN = 5_000
const TIMEOUT = 20_000
/** Bytes that are asked for at once: five minutes of a stem, and no more than that stands between a press and its sound. */
const AT_ONCE = 65_536

/**
 * @typedef {object} Entry
 * @property {string} url
 * @property {Peaks} peaks
 * @property {number} wanted bytes that should be there by now
 */

/**
 * Loads the outlines of the stems as they grow, only what is new, piece by piece and one after the other: whoever presses
 * play has the line.
 * @extends {Emitter<{change: string}>}
 */
export class PeaksLoader extends Emitter {
  #scope
  /** @type {Map<string, Entry>} */
  #stems = new Map()
  #held = false
  #busy = false

  /** @param {Scope} scope */
  constructor(scope) {
    super()
    this.#scope = scope
  }

  /** @param {string} id */
  get(id) {
    return this.#stems.get(id)?.peaks ?? null
  }

  /**
   * Takes an outline that is made elsewhere, or shows how it has grown.
   * @param {string} id
   * @param {Peaks} peaks
   */
  put(id, peaks) {
    this.#stems.set(id, {url: '', peaks, wanted: 0})
    this.emit('change', id)
  }

  /** @param {ManifestStem} stem */
  update({id, peaks, available_frames: available = 0}) {
    if (!peaks) return
    let entry = this.#stems.get(id)
    if (!entry || entry.url !== peaks.url) {
      entry = {url: peaks.url, peaks: new Peaks(peaks.frames_per_peak), wanted: 0}
      this.#stems.set(id, entry)
      this.emit('change', id)
    }
    entry.wanted = Math.ceil(available / peaks.frames_per_peak) * 2
    void this.#load()
  }

  /** @param {boolean} on while sound waits for the line, nothing is asked for */
  hold(on) {
    this.#held = on
    void this.#load()
  }

  async #load() {
    if (this.#busy) return
    this.#busy = true
    for (let next = this.#next(); next && !this.#held && !this.#scope.disposed; next = this.#next()) {
      const [id, entry] = next
      const {wanted} = entry
      // Until it is known better there is no more: what can't be had now is asked for again when the stem has grown.
      entry.wanted = 0
      try {
        if ((await this.#piece(entry, wanted)) && entry.wanted === 0) entry.wanted = wanted
        this.emit('change', id)
      } catch {
        // A stem without its outline plays all the same.
        this.#scope.timeout(() => {
          entry.wanted = Math.max(entry.wanted, wanted)
          void this.#load()
        }, TRY_AGAIN)
      }
    }
    this.#busy = false
  }

  /** @returns {[string, Entry]|undefined} the stem that has least */
  #next() {
    const lacking = [...this.#stems].filter(([, {peaks, wanted}]) => peaks.bytes < wanted)
    return lacking.sort(([, one], [, other]) => one.peaks.bytes - other.peaks.bytes)[0]
  }

  /**
   * @param {Entry} entry
   * @param {number} wanted
   * @returns {Promise<boolean>} whether there was something new
   */
  async #piece({url, peaks}, wanted) {
    const have = peaks.bytes
    const response = await fetch(url, {
      headers: have || wanted > AT_ONCE ? {Range: `bytes=${have}-${have + AT_ONCE - 1}`} : {},
      cache: have ? 'no-store' : 'no-cache',
      priority: 'low',
      signal: this.#scope.child(TIMEOUT).signal,
    })
    if (response.status >= 500) throw new Error()
    if (!response.ok) return false
    const bytes = new Uint8Array(await response.arrayBuffer())
    const fresh = response.status === 206 ? bytes : bytes.subarray(have)
    if (fresh.length < 2) return false
    peaks.append(fresh)
    return true
  }
}

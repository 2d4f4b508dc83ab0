/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {Peaks} from './peaks.js'

const TRY_AGAIN = 5_000

/**
 * Loads the outlines of the stems as they grow, only the part that is new.
 * @extends {Emitter<{change: string}>}
 */
export class PeaksLoader extends Emitter {
  #scope
  /** @type {Map<string, {url: string, peaks: Peaks, busy: boolean, wanted: number}>} */
  #stems = new Map()

  /** @param {Scope} scope */
  constructor(scope) {
    super()
    this.#scope = scope
  }

  /** @param {string} id */
  get(id) {
    return this.#stems.get(id)?.peaks ?? null
  }

  /** @param {ManifestStem} stem */
  update({id, peaks, available_frames: available = 0}) {
    if (!peaks) return
    let entry = this.#stems.get(id)
    if (!entry || entry.url !== peaks.url) {
      entry = {url: peaks.url, peaks: new Peaks(peaks.frames_per_peak), busy: false, wanted: 0}
      this.#stems.set(id, entry)
      this.emit('change', id)
    }
    entry.wanted = Math.ceil(available / peaks.frames_per_peak) * 2
    if (!entry.busy) void this.#load(id, entry)
  }

  /**
   * @param {string} id
   * @param {{url: string, peaks: Peaks, busy: boolean, wanted: number}} entry
   */
  async #load(id, entry) {
    entry.busy = true
    try {
      while (entry.peaks.bytes < entry.wanted && this.#stems.get(id) === entry) {
        const have = entry.peaks.bytes
        const response = await fetch(entry.url, {
          headers: have ? {Range: `bytes=${have}-`} : {},
          cache: have ? 'no-store' : 'no-cache',
          priority: 'low',
          signal: this.#scope.signal,
        })
        if (!response.ok) break
        const bytes = new Uint8Array(await response.arrayBuffer())
        const fresh = response.status === 206 ? bytes : bytes.subarray(have)
        if (fresh.length < 2) break
        entry.peaks.append(fresh)
        this.emit('change', id)
      }
    } catch {
      // A stem without its outline plays all the same.
      this.#scope.timeout(() => void this.#load(id, entry), TRY_AGAIN)
    } finally {
      entry.busy = false
    }
  }
}

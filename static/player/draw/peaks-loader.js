/** @import {ManifestStem} from '../core/manifest.js' */
/** @import {Fetcher} from '../sources/fetcher.js' */
import {Emitter} from '../core/emitter.js'
import {Peaks} from './peaks.js'

/**
 * Loads the outlines of the stems as they grow, only the part that is new.
 * @extends {Emitter<{change: string}>}
 */
export class PeaksLoader extends Emitter {
  #fetcher
  #signal
  /** @type {Map<string, {url: string, peaks: Peaks, busy: boolean, wanted: number}>} */
  #stems = new Map()

  /**
   * @param {Fetcher} fetcher
   * @param {AbortSignal} signal
   */
  constructor(fetcher, signal) {
    super()
    this.#fetcher = fetcher
    this.#signal = signal
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
        const {bytes, status} = await this.#fetcher.get(entry.url, this.#signal, {
          headers: have ? {Range: `bytes=${have}-`} : {},
          cache: have ? 'no-store' : 'no-cache',
          priority: 'low',
        })
        const fresh = status === 206 ? bytes : bytes.subarray(have)
        if (fresh.length < 2) break
        entry.peaks.append(fresh)
        this.emit('change', id)
      }
    } catch {
      // A stem without its outline plays all the same; the next manifest asks again.
    } finally {
      entry.busy = false
    }
  }
}

/** @import {Frames} from '../../core/frames.js' */
/** @import {Manifest, ManifestStem} from '../../core/manifest-types.js' */
/** @import {Scope} from '../../core/scope.js' */
/** @import {Findings} from './hosted.js' */
import {Emitter} from '../../core/emitter.js'
import {toFrames} from '../../core/frames.js'
import {isHosted} from '../../core/manifest.js'
import {createDecoder} from '../kept.js'
import {Budget} from './budget.js'
import {HostedSource} from './hosted.js'

/**
 * The hosted stems of a share, from one manifest to the next: a file that is open stays open.
 * @extends {Emitter<{change: Findings, retried: string}>}
 */
export class HostedStems extends Emitter {
  #scope
  #rate
  #grid
  #decode
  #budget = new Budget()
  /** @type {Map<string, HostedSource>} */
  #sources = new Map()

  /**
   * @param {Scope} scope
   * @param {number} rate of the song
   * @param {Frames} grid frames of a segment
   */
  constructor(scope, rate, grid) {
    super()
    this.#scope = scope.child()
    this.#rate = rate
    this.#grid = grid
    this.#decode = createDecoder(rate)
    this.#scope.listen(globalThis, 'online', () => {
      for (const source of this.all) {
        if (source.error?.code !== 'unreachable') continue
        source.retry()
        this.emit('retried', source.id)
      }
    })
    this.#scope.add(() => {
      for (const source of this.all) source.dispose()
    })
  }

  /** @param {string} id */
  get(id) {
    return this.#sources.get(id) ?? null
  }

  /**
   * How long a song is: as long as its longest stem. Of hosted ones the server only has a guess until they are open; the time
   * line moves once, when all of them are.
   * @param {Manifest} manifest
   * @param {Frames|null} before what it was
   * @returns {Frames|null} null while nobody knows
   */
  lengthOf({stems, frames}, before) {
    if (before && this.all.some((source) => source.opening)) return before
    const lengths = stems.map((stem) => {
      const source = this.#sources.get(stem.id)
      if (!source) return stem.frames ?? 0
      return source.frames ?? (source.error ? 0 : toFrames(stem.seconds ?? 0, this.#rate))
    })
    return Math.max(0, ...lengths) || frames
  }

  get all() {
    return [...this.#sources.values()]
  }

  /** In the listener's gesture. */
  unlock() {
    for (const source of this.all) source.unlock()
  }

  /** Looks at all of them. */
  open() {
    for (const source of this.all) source.open().catch(() => {})
  }

  /** Until all can be had, or can't. */
  async whole() {
    for (const source of this.all) source.want()
    await Promise.allSettled(this.all.map((source) => source.open()))
  }

  /**
   * Takes over a manifest, and gives back what isn't in it any more.
   * @param {ManifestStem[]} stems
   */
  sync(stems) {
    const before = this.#sources
    this.#sources = new Map()
    for (const stem of stems.filter(isHosted)) {
      const known = before.get(stem.id)
      const stays = known?.version === stem.url ? known : null
      if (stays) before.delete(stem.id)
      this.#sources.set(stem.id, stays ?? this.#make(stem))
    }
    for (const source of before.values()) source.dispose()
  }

  dispose() {
    this.#scope.dispose()
    this.clear()
  }

  /** @param {ManifestStem} stem */
  #make(stem) {
    const [rate, grid, decode, budget, scope] = [this.#rate, this.#grid, this.#decode, this.#budget, this.#scope]
    const source = new HostedSource({stem, rate, grid, decode, budget, scope})
    source.on('change', (findings) => this.emit('change', findings))
    return source
  }
}

/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {Mix} from '../state/mix.js' */
import {Lane} from './lane.js'

/** The lanes of all stems, in step with the manifest. */
export class Lanes {
  #scope
  #mix
  #retry
  /** @type {Scope|null} */
  #own = null
  #key = ''
  /** @type {Map<string, Lane>} */
  map = new Map()

  /**
   * @param {Scope} scope
   * @param {Mix} mix
   * @param {(id: string) => void} retry
   */
  constructor(scope, mix, retry) {
    this.#scope = scope
    this.#mix = mix
    this.#retry = retry
    mix.on('change', () => {
      for (const lane of this.map.values()) lane.show()
    })
  }

  /**
   * @param {ManifestStem[]} stems the mix knows them already
   * @returns {boolean} whether there are other lanes now
   */
  sync(stems) {
    const key = stems.map((stem) => stem.id).join(' ')
    const others = key !== this.#key
    if (others) {
      this.#key = key
      this.#own?.dispose()
      const own = this.#scope.child()
      this.#own = own
      this.map = new Map(stems.map((stem, index) => [stem.id, new Lane(stem, index + 1, this.#mix, own, this.#retry)]))
    }
    for (const stem of stems) this.map.get(stem.id)?.update(stem)
    return others
  }

  /** Meters that haven't come to rest. */
  get moving() {
    return [...this.map.values()].some((lane) => lane.level > 0)
  }

  /** @param {(id: string) => number} level */
  meter(level) {
    for (const [id, lane] of this.map) lane.meter(level(id))
  }
}

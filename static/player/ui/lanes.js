/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Mix} from '../state/mix.js' */
import {Lane} from './lane.js'

/** The lanes of all stems, in step with the manifest. */
export class Lanes {
  #mix
  #retry
  #key = ''
  /** @type {Map<string, Lane>} */
  map = new Map()

  /**
   * @param {Mix} mix
   * @param {(id: string) => void} retry
   */
  constructor(mix, retry) {
    this.#mix = mix
    this.#retry = retry
    mix.on('change', () => {
      for (const lane of this.map.values()) lane.show()
    })
  }

  /**
   * @param {ManifestStem[]} stems the mix knows them already
   * @returns {boolean} whether there are others now, or in another order
   */
  sync(stems) {
    const key = stems.map((stem) => stem.id).join(' ')
    const others = key !== this.#key
    this.#key = key
    const lane = (/** @type {string} */ id) => this.map.get(id) ?? new Lane(id, this.#mix, this.#retry)
    if (others) this.map = new Map(stems.map(({id}) => [id, lane(id)]))
    stems.forEach((stem, index) => this.map.get(stem.id)?.update(stem, index + 1))
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

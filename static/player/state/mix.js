/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Levels} from '../graph/mixer.js' */
import {Emitter} from '../core/emitter.js'
import {clamp} from '../core/frames.js'
import {levelOf} from '../core/manifest.js'

/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {boolean} muted
 * @property {boolean} soloed
 * @property {number} volume linear, 0 to 2, 1 is unity
 * @property {number} pan -1 to 1
 *
 * @typedef {Partial<Omit<Channel, 'id'>>} Change
 */

/**
 * What the listener has set: solo, mute, volume and pan of each stem, and the master. Solo wins over mute.
 * @extends {Emitter<{change: void}>}
 */
export class Mix extends Emitter {
  /** @type {Map<string, Channel>} */
  #channels = new Map()
  /** @type {Map<string, Channel>} as the owner set them */
  #defaults = new Map()
  /** @type {Map<string, number>} by which they are multiplied to sound in proportion */
  #levels = new Map()
  /** One solo at a time. */
  exclusive = false
  /** The same as the owner set it. */
  ownersExclusive = false
  master = 1

  /**
   * Takes over the stems of a manifest; what the listener has set otherwise stays.
   * @param {ManifestStem[]} stems
   * @param {number|null} [gain] of the share
   * @param {boolean} [exclusive] as its owner set it
   */
  sync(stems, gain, exclusive = false) {
    const {changes} = this
    const follows = this.exclusive === this.ownersExclusive
    this.ownersExclusive = exclusive
    this.#levels = new Map(stems.map((stem) => [stem.id, levelOf(stem, gain)]))
    this.#defaults = new Map(stems.map(({id, muted, soloed, volume, pan}) => [id, {id, muted, soloed, volume, pan}]))
    this.reset(changes)
    if (follows && exclusive !== this.exclusive) this.setExclusive(exclusive)
  }

  get channels() {
    return [...this.#channels.values()]
  }

  /** @param {string} id */
  channel(id) {
    return this.#channels.get(id) ?? null
  }

  get soloing() {
    return this.channels.some((channel) => channel.soloed)
  }

  /** @param {string} id */
  audible(id) {
    const channel = this.#channels.get(id)
    return channel !== undefined && (this.soloing ? channel.soloed : !channel.muted)
  }

  /**
   * @param {string} id
   * @param {Change} change
   */
  set(id, change) {
    const channel = this.#channels.get(id)
    if (!channel) return
    if (change.soloed && this.exclusive) for (const other of this.channels) other.soloed = false
    Object.assign(channel, change)
    channel.volume = clamp(channel.volume, 0, 2)
    channel.pan = clamp(channel.pan, -1, 1)
    this.emit('change', undefined)
  }

  /**
   * @param {string} id
   * @param {boolean} [alone] other solos end, and then it doesn't
   */
  toggleSolo(id, alone = false) {
    const others = this.channels.filter((channel) => alone && channel.soloed && channel.id !== id)
    for (const other of others) other.soloed = false
    this.set(id, {soloed: others.length > 0 || !this.channel(id)?.soloed})
  }

  /** @param {string} id */
  toggleMute(id) {
    this.set(id, {muted: !this.channel(id)?.muted})
  }

  soloNone() {
    for (const channel of this.channels) channel.soloed = false
    this.emit('change', undefined)
  }

  /** @param {boolean} exclusive */
  setExclusive(exclusive) {
    this.exclusive = exclusive
    if (exclusive) {
      const [, ...others] = this.channels.filter((channel) => channel.soloed)
      for (const other of others) other.soloed = false
    }
    this.emit('change', undefined)
  }

  /** @param {number} master linear */
  setMaster(master) {
    this.master = clamp(master, 0, 1.5)
    this.emit('change', undefined)
  }

  /**
   * Back to what the owner set.
   * @param {Map<string, Change>} [changes] that are made to it
   */
  reset(changes) {
    this.#channels = new Map([...this.#defaults].map(([id, owner]) => [id, {...owner, ...changes?.get(id)}]))
    this.emit('change', undefined)
  }

  /**
   * What the listener has set otherwise than the owner, by stem.
   * @returns {Map<string, Change>}
   */
  get changes() {
    const changes = new Map()
    for (const {id, ...channel} of this.channels) {
      const owner = /** @type {Record<string, unknown>} */ (this.#defaults.get(id))
      const change = Object.entries(channel).filter(([key, value]) => value !== owner[key])
      if (change.length) changes.set(id, Object.fromEntries(change))
    }
    return changes
  }

  /** @returns {Levels} */
  get levels() {
    const stems = this.channels.map(({id, volume, pan}) => ({id, pan, gain: this.audible(id) ? volume * (this.#levels.get(id) ?? 1) : 0}))
    return {stems, master: this.master}
  }
}

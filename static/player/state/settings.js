/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {Quality} from '../sources/rendition.js' */
/** @import {Listening} from './link.js' */
/** @import {Channel, Mix} from './mix.js' */
import {readLink} from './link.js'
import {Memory} from './memory.js'

const SAVE_AFTER = 500

/**
 * How somebody listened last: what the address says, else what this browser remembers, else what the owner set.
 */
export class Settings {
  #key
  /** @type {Memory|null} */
  #memory = null
  /** @type {Record<string, any>} */
  #stored = {}
  /** @type {Listening} */
  #link = {}
  /** @type {(() => void)|null} */
  #pending = null

  /** @param {string} [key] */
  constructor(key) {
    this.#key = key
  }

  /**
   * @param {Manifest} manifest
   * @param {Mix} mix
   */
  restoreMix(manifest, mix) {
    this.#memory = new Memory(this.#key ?? `stemlink:player:${manifest.id}`)
    this.#stored = this.#memory.read()
    // Only the share's own page and frame speak for it; a page with several players has an address of its own.
    const own = location.pathname.split('/').includes(manifest.id)
    this.#link = own ? readLink(location.search) : {}
    if (typeof this.#stored.master === 'number') mix.setMaster(this.#stored.master)
    if (typeof this.#stored.exclusive === 'boolean') mix.setExclusive(this.#stored.exclusive)
    const {mix: linked, solo} = this.#link
    if (linked || solo) {
      for (const {id} of mix.channels) mix.set(id, {...linked?.get(id), soloed: false})
      for (const id of solo ?? []) mix.set(id, {soloed: true})
      return
    }
    for (const [id, channel] of Object.entries(this.#stored.mix ?? {})) {
      const {muted, soloed, volume, pan} = /** @type {Channel} */ (channel)
      if (Number.isFinite(volume) && Number.isFinite(pan)) mix.set(id, {muted: !!muted, soloed: !!soloed, volume, pan})
    }
  }

  /**
   * The place to begin at. A link says all of it.
   * @returns {{t: number, loop: {from: number, to: number}|null, speed: number, pitch: number, quality: Quality|null}}
   */
  restorePlace() {
    const {t, loop, speed, pitch} = Object.keys(this.#link).length ? this.#link : this.#stored
    return {
      t: Number(t) || 0,
      loop: loop && Number.isFinite(loop.from) && Number.isFinite(loop.to) ? loop : null,
      speed: Number(speed) || 1,
      pitch: Number(pitch) || 0,
      quality: this.#stored.quality ?? null,
    }
  }

  /**
   * Remembers it soon; many changes in a row are written once.
   * @param {Scope} scope
   * @param {() => {t: number, loop: object|null, speed: number, pitch: number, mix: Mix, quality: Quality}} state
   */
  save(scope, state) {
    if (this.#pending || !this.#memory) return
    const cancel = scope.timeout(() => this.flush(), SAVE_AFTER)
    this.#pending = () => {
      cancel()
      const {mix, ...rest} = state()
      const channels = Object.fromEntries(mix.channels.map(({id, ...channel}) => [id, channel]))
      this.#memory?.write({...rest, mix: channels, master: mix.master, exclusive: mix.exclusive})
    }
  }

  /** Writes at once what was to be written soon. */
  flush() {
    const write = this.#pending
    this.#pending = null
    write?.()
  }
}

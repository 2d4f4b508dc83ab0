/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {Quality} from '../sources/rendition.js' */
/** @import {Listening} from './link.js' */
/** @import {Mix} from './mix.js' */
/** @import {Place} from './write-link.js' */

const SAVE_AFTER = 500

/**
 * How somebody listened last: what the address says, else what this browser remembers, both upon what the owner set. A link
 * that says anything says all of it: whoever gets it hears what its sender heard.
 */
export class Settings {
  #key
  /** @type {Record<string, any>} */
  #stored = {}
  /** @type {Listening} */
  #address = {}
  /**
   * A promise while the address is being read, else null. What reads it is fetched only where there is something to read.
   * @type {Promise<void>|null}
   */
  reading = null
  /** Only the share's own page and frame speak for it; a page with several players has an address of its own. */
  #own = false
  /** @type {Listening|null} */
  #link = null
  /** @type {(() => void)|null} */
  #pending = null

  /** @param {string} [key] */
  constructor(key) {
    this.#key = key
    if (!location.search && !namesMoment()) return
    this.reading = readAddress(location.search).then((listening) => {
      this.#address = listening
      this.reading = null
    })
  }

  /** The moment that the fragment names by now: a `popstate` comes with every link to one, each time, and with Back. */
  async moment() {
    if (!namesMoment()) return
    const {t} = await readAddress('')
    if (this.#own || t === undefined) return t
    this.#address.t = t // the manifest isn't here yet
  }

  /**
   * @param {Manifest} manifest
   * @param {Mix} mix
   */
  restoreMix(manifest, mix) {
    this.#key ??= `stemlink:player:${manifest.id}`
    this.#stored = read(this.#key)
    this.#own = location.pathname.split('/').includes(manifest.id)
    const link = this.#own ? this.#address : {}
    if (Object.keys(link).length) this.#link = link
    if (typeof this.#stored.master === 'number') mix.setMaster(this.#stored.master)
    if (typeof this.#stored.exclusive === 'boolean') mix.setExclusive(this.#stored.exclusive)
    for (const [id, change] of this.#link ? (link.mix ?? []) : Object.entries(this.#stored.mix ?? {})) mix.set(id, change)
    if (link.solo) for (const {id} of mix.channels) mix.set(id, {soloed: link.solo.includes(id)})
  }

  /** The place to begin at. @returns {Place & {quality: Quality|null}} */
  restorePlace() {
    const {t, loop, speed, pitch} = this.#link ?? this.#stored
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
   * @param {() => Place & {mix: Mix, quality: Quality}} state
   */
  save(scope, state) {
    const key = this.#key
    if (this.#pending || !key) return
    const cancel = scope.timeout(() => this.flush(), SAVE_AFTER)
    this.#pending = () => {
      cancel()
      const {mix, ...rest} = state()
      const {changes, master, exclusive} = mix
      // What the listener left alone isn't remembered: it follows the owner.
      const own = exclusive === mix.ownersExclusive ? {} : {exclusive}
      write(key, {...rest, ...own, mix: Object.fromEntries(changes), master})
    }
  }

  /** Writes at once what was to be written soon. */
  flush() {
    const write = this.#pending
    this.#pending = null
    write?.()
  }
}

const namesMoment = () => /[#&]t=/.test(location.hash)

/** @param {string} search @returns {Promise<Listening>} */
const readAddress = async (search) => (await import('./link.js').catch(() => null))?.readLink(search, location.hash) ?? {}

/**
 * @param {string} key
 * @returns {Record<string, any>}
 */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}')
  } catch {
    return {} // in sandboxed frames storage throws
  }
}

/**
 * @param {string} key
 * @param {object} value
 */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Not allowed, or full: then this visit isn't remembered.
  }
}

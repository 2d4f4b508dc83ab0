import {Emitter} from '../../player/core/emitter.js'
import {cleanName} from './names.js'

/** @typedef {import('../../player/core/manifest-types.js').ManifestStem} ManifestStem */
/** @typedef {import('./browser-check.js').Reading} Reading */

/**
 * What the server found out about a link (POST /api/links/).
 * @typedef {object} Link
 * @property {string} original_url
 * @property {string|null} url
 * @property {string|null} name
 * @property {string|null} host
 * @property {boolean} ok
 * @property {{code: string, message: string}|null} problem
 * @property {string|null} content_type
 * @property {number|null} size bytes
 * @property {number|null} seconds
 * @property {boolean|null} range
 * @property {boolean|null} cors
 * @property {boolean} keepable
 *
 * Where the sound of a row comes from. `stem`: the share has it already.
 * @typedef {{kind: 'stem', stem: ManifestStem, reading: Reading|null}} StemSound
 * @typedef {{kind: 'link', original: string, guess: string, found: Link|null, reading: Reading|null, keep: boolean, problem: string|null}} LinkSound
 * @typedef {'waiting'|'sending'|'done'|'broken'|'failed'} UploadState a broken one can go on
 * @typedef {{kind: 'file', file: File, seconds: number|null, state: UploadState, sent: number, upload: string|null, problem: string|null}} FileSound
 * @typedef {StemSound|LinkSound|FileSound} Sound
 *
 * @typedef {object} Settings what the owner sets of a stem
 * @property {string} name
 * @property {string} color
 * @property {boolean} muted
 * @property {boolean} soloed
 * @property {number} volume
 * @property {number} pan
 *
 * @typedef {Settings & {key: string, id: string|null, sound: Sound}} Row `id`: the share's own, null for a row that it doesn't have yet
 */

export const MOST = 32
/** @type {(keyof Settings)[]} */
export const SETTINGS = ['name', 'color', 'muted', 'soloed', 'volume', 'pan']

let keys = 0

/**
 * The rows of a share that is being made or changed: stems that it has, links and files, in one order.
 * @extends {Emitter<{change: Row|null}>} the row that changed; null for all of them
 */
export class StemList extends Emitter {
  /** @type {Row[]} */
  #rows = []
  /** One stem solo at a time. */
  exclusive = false

  /** @returns {readonly Row[]} */
  get rows() {
    return this.#rows
  }

  get room() {
    return MOST - this.#rows.length
  }

  /** @param {string} key */
  row(key) {
    return this.#rows.find((row) => row.key === key) ?? null
  }

  /** @param {string} key */
  place(key) {
    return this.#rows.findIndex((row) => row.key === key)
  }

  /**
   * @param {Partial<Settings> & {name: string, color: string, sound: Sound, id?: string|null}} row
   * @returns {Row|null} null when the list is full
   */
  add({id = null, muted = false, soloed = false, volume = 1, pan = 0, ...rest}) {
    if (this.room <= 0) return null
    const row = {key: `row-${++keys}`, id, muted, soloed, volume, pan, ...rest}
    this.#rows = [...this.#rows, row]
    this.emit('change', null)
    return row
  }

  /**
   * @param {string} key
   * @param {Partial<Settings>} settings
   */
  set(key, settings) {
    if (settings.soloed && this.exclusive) {
      for (const other of this.#rows) if (other.soloed && other.key !== key) this.#put({...other, soloed: false})
    }
    const row = this.row(key)
    if (row) this.#put({...row, ...settings})
  }

  /**
   * Something became known of a row's sound. What was replaced meanwhile takes no news of the old one.
   * @template {Sound} T
   * @param {string} key
   * @param {T} of the sound that the news are about
   * @param {Partial<T>} news
   * @returns {T|null} the sound as it is now
   */
  learn(key, of, news) {
    const row = this.row(key)
    if (!row || !isSame(row.sound, of)) return null
    const sound = /** @type {T} */ ({...row.sound, ...news})
    this.#put({...row, sound})
    return sound
  }

  /**
   * Another sound in the same row.
   * @param {string} key
   * @param {Sound} sound
   */
  replace(key, sound) {
    const row = this.row(key)
    if (row) this.#put({...row, sound})
  }

  /** @param {string} key */
  remove(key) {
    this.#rows = this.#rows.filter((row) => row.key !== key)
    this.emit('change', null)
  }

  /**
   * @param {string} key
   * @param {number} place counted from 0; beyond the ends is at the end
   * @returns {boolean} whether it moved
   */
  move(key, place) {
    const from = this.place(key)
    const to = Math.max(0, Math.min(this.#rows.length - 1, place))
    const row = this.#rows[from]
    if (!row || from === to) return false
    const rows = this.#rows.filter((other) => other !== row)
    rows.splice(to, 0, row)
    this.#rows = rows
    this.emit('change', null)
    return true
  }

  /** @param {boolean} exclusive */
  setExclusive(exclusive) {
    this.exclusive = exclusive
    const [, ...others] = exclusive ? this.#rows.filter((row) => row.soloed) : []
    for (const other of others) this.#put({...other, soloed: false})
  }

  /** @param {Row[]} rows instead of those that are there */
  reset(rows) {
    this.#rows = rows
    this.emit('change', null)
  }

  /** @param {Row} row */
  #put(row) {
    this.#rows = this.#rows.map((other) => (other.key === row.key ? row : other))
    this.emit('change', row)
  }
}

/**
 * Whether two states of a sound are of the same sound.
 * @param {Sound} a
 * @param {Sound} b
 */
export const isSame = (a, b) => identity(a) === identity(b)

/** @param {Sound} sound */
const identity = (sound) => (sound.kind === 'stem' ? sound.stem.id : sound.kind === 'link' ? sound.original : sound.file)

/**
 * @param {string} original as it was pasted
 * @param {string} [guess] the name that was made of it
 * @returns {LinkSound}
 */
export const linkSound = (original, guess = '') => ({kind: 'link', original, guess, found: null, reading: null, keep: false, problem: null})

/** @param {File} file @returns {FileSound} */
export const fileSound = (file) => ({kind: 'file', file, seconds: null, state: 'waiting', sent: 0, upload: null, problem: null})

/**
 * What the API takes for the sound of a row that it doesn't have yet.
 * @param {Sound} sound
 * @returns {{url: string, keep: boolean}|{upload: string}|{}}
 */
export function soundBody(sound) {
  if (sound.kind === 'link') return {url: sound.original, keep: sound.keep}
  return sound.kind === 'file' ? {upload: sound.upload ?? ''} : {}
}

/**
 * What the API takes for a new stem. One whose name was emptied gets the one that the service guesses.
 * @param {Row} row
 */
export function stemBody(row) {
  const {name: typed, ...settings} = settingsOf(row)
  const name = cleanName(typed)
  return {...(name && {name}), ...settings, ...soundBody(row.sound)}
}

/**
 * @param {Settings} from
 * @returns {Settings}
 */
export const settingsOf = ({name, color, muted, soloed, volume, pan}) => ({name, color, muted, soloed, volume, pan})

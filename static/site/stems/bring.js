import {refusal} from '../files.js'
import {gettext, interpolate, ngettext} from '../words.js'
import {guessNames} from './api.js'
import {fileSound, linkSound, MOST} from './stem-list.js'

/** @typedef {import('./stem-list.js').Row} Row */
/** @typedef {import('./stem-list.js').Sound} Sound */

/** Makes rows of links and files: named, coloured, and looked at or sent at once. */
export class Bring {
  #list
  #sounds
  #palette
  #maxBytes
  /** @type {Promise<unknown>} what was brought before is in the list */
  #before = Promise.resolve()
  #until = new AbortController() // the list is discarded

  /**
   * @param {import('./stem-list.js').StemList} list
   * @param {import('./sounds.js').Sounds} sounds
   * @param {import('./palette.js').Palette} palette
   * @param {number} maxBytes of a file
   */
  constructor(list, sounds, palette, maxBytes) {
    this.#list = list
    this.#sounds = sounds
    this.#palette = palette
    this.#maxBytes = maxBytes
  }

  /**
   * @param {string[]} links
   * @returns {Promise<string>} what came of it, for everybody
   */
  links(links) {
    return this.#inTurn(async (signal) => {
      const known = new Set(this.#list.rows.map(({sound}) => (sound.kind === 'link' ? sound.original : null)))
      const fresh = links.filter((link) => !known.has(link))
      if (fresh.length === 0) return gettext('That link is in the list already.')
      const rows = await this.#add(fresh, (link, guess) => linkSound(link, guess), signal)
      void this.#sounds.look(rows)
      return added(rows.length, fresh.length)
    })
  }

  /**
   * @param {File[]} files
   * @returns {Promise<string>} what came of it
   */
  files(files) {
    return this.#inTurn(async (signal) => {
      const rows = await this.#add(files, (file) => this.#fileSound(file), signal)
      for (const row of rows) this.#send(row)
      return added(rows.length, files.length)
    })
  }

  /** The list is discarded: what is on its way to it is, too. */
  discard() {
    this.#until.abort()
    this.#until = new AbortController()
  }

  /**
   * Another sound for a row that is there.
   * @param {Row} row
   * @param {File|string} sound
   */
  instead(row, sound) {
    this.#sounds.drop(row)
    this.#list.replace(row.key, typeof sound === 'string' ? linkSound(sound) : this.#fileSound(sound))
    const now = this.#list.row(row.key)
    if (!now) return
    if (now.sound.kind === 'link') void this.#sounds.look([now])
    else this.#send(now)
  }

  /** @param {File} file */
  #fileSound(file) {
    const problem = refusal(file, this.#maxBytes)
    return problem ? {...fileSound(file), state: /** @type {const} */ ('failed'), problem} : fileSound(file)
  }

  /** @param {Row} row */
  #send({key, sound}) {
    if (sound.kind !== 'file' || sound.problem) return
    this.#sounds.send(key, sound)
    void lengthOf(sound.file).then((seconds) => {
      const row = this.#list.row(key)
      if (seconds !== null && row?.sound.kind === 'file') this.#list.learn(key, row.sound, {seconds})
    })
  }

  /**
   * The server is asked for names; what is brought meanwhile comes after, in the colours that are left.
   * @param {(signal: AbortSignal) => Promise<string>} bring until the list is discarded
   * @returns {Promise<string>} nothing to say then
   */
  #inTurn(bring) {
    const {signal} = this.#until
    const mine = this.#before.then(() => bring(signal)).then((words) => (signal.aborted ? '' : words))
    this.#before = mine.catch(() => undefined)
    return mine
  }

  /**
   * @template {File|string} T
   * @param {T[]} offered
   * @param {(one: T, guess: string) => Sound} sound
   * @param {AbortSignal} signal
   * @returns {Promise<Row[]>} as many as there was room for; none once the list is discarded
   */
  async #add(offered, sound, signal) {
    const some = offered.slice(0, this.#list.room)
    const files = some.map((one) => (typeof one === 'string' ? one : one.name))
    const taken = this.#list.rows.map((row) => row.color)
    const guesses = some.length ? await guessNames({files, taken}).catch(() => []) : []
    if (signal.aborted) return []
    return some.flatMap((one, index) => {
      const plain = {name: plainName(files[index] ?? ''), color: this.#palette.next(this.#list.rows.map((row) => row.color))}
      const {name, color} = guesses[index] ?? plain
      return this.#list.add({name, color, sound: sound(one, name)}) ?? []
    })
  }
}

/**
 * A name for when the server doesn't answer.
 * @param {string} file its name, or a link
 */
const plainName = (file) => (file.split(/[/\\]/).filter(Boolean).at(-1) ?? file).replace(/(.)\.[A-Za-z0-9]{1,5}$/, '$1').slice(0, 80)

/**
 * @param {number} taken
 * @param {number} offered
 */
function added(taken, offered) {
  const left = offered - taken
  const words = interpolate(ngettext('%(n)s stem added.', '%(n)s stems added.', taken), {n: taken})
  if (left === 0) return words
  return `${words} ${interpolate(ngettext('A share has at most %(most)s stems: %(n)s was left out.', 'A share has at most %(most)s stems: %(n)s were left out.', left), {most: MOST, n: left})}`
}

/**
 * How long a file plays, where this browser can tell.
 * @param {File} file
 * @returns {Promise<number|null>} seconds
 */
function lengthOf(file) {
  const audio = new Audio()
  const address = URL.createObjectURL(file)
  return new Promise((resolve) => {
    const tell = (/** @type {number|null} */ seconds) => {
      audio.removeAttribute('src')
      URL.revokeObjectURL(address)
      resolve(seconds)
    }
    audio.addEventListener('loadedmetadata', () => tell(Number.isFinite(audio.duration) ? audio.duration : null), {once: true})
    audio.addEventListener('error', () => tell(null), {once: true})
    audio.preload = 'metadata'
    audio.src = address
  })
}

import {Queue} from '../queue.js'
import {Problem} from '../problem.js'
import {gettext} from '../words.js'
import {checkLinks} from './api.js'
import {readAcross} from './browser-check.js'
import {Upload} from './upload.js'

/** @typedef {import('./stem-list.js').StemList} StemList */
/** @typedef {import('./stem-list.js').Row} Row */
/** @typedef {import('./stem-list.js').LinkSound} LinkSound */
/** @typedef {import('./stem-list.js').FileSound} FileSound */

const AT_ONCE = 2 // uploads
const TOLD_EVERY = 200 // milliseconds between two words of an upload's progress

/** Sees to what the rows of a list stand for: looks at links, sends files. The list is told what comes of it. */
export class Sounds {
  #list
  #queue = new Queue(AT_ONCE)
  /** @type {Map<File, Upload>} */
  #uploads = new Map()
  /** @type {Set<File>} what a share is about to have */
  #handed = new Set()
  #tries

  /**
   * @param {StemList} list
   * @param {boolean} [tries] whether this page's policy lets it ask other hosts; where not, the server's word has to do
   */
  constructor(list, tries = true) {
    this.#list = list
    this.#tries = tries
    globalThis.addEventListener?.('online', () => this.#retryBroken())
  }

  /** Whether something is on its way up. */
  get sending() {
    return this.#queue.busy
  }

  /**
   * Have the server look at links, then this browser.
   * @param {readonly Row[]} rows
   */
  async look(rows) {
    const links = rows.flatMap(({key, sound}) => (sound.kind === 'link' ? [{key, sound}] : []))
    if (links.length === 0) return
    for (const {key, sound} of links) this.#list.learn(key, sound, {found: null, reading: null, problem: null})
    try {
      const found = await checkLinks(links.map(({sound}) => sound.original))
      await Promise.all(links.map(({key, sound}, index) => this.#lookHere(key, sound, found[index] ?? null)))
    } catch (error) {
      for (const {key, sound} of links) this.#list.learn(key, sound, {problem: /** @type {Error} */ (error).message})
    }
  }

  /**
   * Send a file, after those before it.
   * @param {string} key of its row
   * @param {FileSound} sound
   */
  send(key, sound) {
    const {file} = sound
    const upload = this.#uploads.get(file) ?? new Upload(file)
    this.#uploads.set(file, upload)
    this.#list.learn(key, sound, {state: 'waiting', problem: null})
    let told = 0
    this.#queue.add(async () => {
      if (!this.#list.learn(key, sound, {state: 'sending'})) return
      try {
        const url = await upload.send((sent) => {
          const now = performance.now()
          if (now - told < TOLD_EVERY) return
          told = now
          this.#list.learn(key, sound, {sent})
        })
        this.#list.learn(key, sound, {state: 'done', sent: file.size, upload: url})
      } catch (error) {
        const problem = error instanceof Problem ? error : new Problem('unexpected', String(error))
        const state = [0, 429].includes(problem.status) || problem.status >= 500 ? 'broken' : 'failed'
        if (problem.code !== 'aborted') this.#list.learn(key, sound, {state, problem: wordsFor(problem)})
      }
    })
  }

  /**
   * Begin again with what didn't work.
   * @param {Row} row
   */
  again(row) {
    if (row.sound.kind === 'link') void this.look([row])
    if (row.sound.kind === 'file') this.send(row.key, row.sound)
  }

  /**
   * The row is gone, or has another sound: nothing of the old one stays on its way.
   * @param {Row} row
   */
  drop({sound}) {
    if (sound.kind !== 'file' || this.#handed.has(sound.file)) return
    void this.#uploads.get(sound.file)?.cancel()
    this.#uploads.delete(sound.file)
  }

  /**
   * The service refused some of them: their rows say why.
   * @param {Problem} problem
   * @param {readonly Row[]} rows as they were sent
   */
  blame(problem, rows) {
    for (const [index, {message}] of Object.entries(problem.detail?.stems ?? {})) {
      const row = rows[Number(index)]
      if (!row || typeof message !== 'string') continue
      if (row.sound.kind === 'link') this.#list.learn(row.key, row.sound, {problem: message})
      if (row.sound.kind !== 'file') continue
      // An upload that is unknown there, or another share's, is begun anew.
      void this.#uploads.get(row.sound.file)?.forget()
      this.#uploads.delete(row.sound.file)
      this.#list.learn(row.key, row.sound, {problem: message, state: 'broken', upload: null})
    }
  }

  /**
   * A share gets them. Until the service has answered it needs all of them, of rows too that are removed meanwhile.
   * @template T
   * @param {readonly Row[]} rows as they are sent: what is brought meanwhile goes on
   * @param {() => Promise<T>} send
   * @returns {Promise<T>} what that answers
   */
  async handOver(rows, send) {
    const files = rows.flatMap(({sound}) => (sound.kind === 'file' ? [sound.file] : []))
    this.#handed = new Set(files)
    try {
      const answer = await send()
      void this.#settle(files)
      return answer
    } catch (problem) {
      this.#handed.clear()
      const wanted = new Set(this.#list.rows.map(({sound}) => sound.kind === 'file' && sound.file))
      for (const row of rows) if (row.sound.kind === 'file' && !wanted.has(row.sound.file)) this.drop(row)
      throw problem
    } finally {
      this.#handed.clear()
    }
  }

  /** @param {File[]} files that a share has now */
  async #settle(files) {
    const uploads = files.map((file) => this.#uploads.get(file))
    for (const file of files) this.#uploads.delete(file)
    await Promise.all(uploads.map((upload) => upload?.forget()))
  }

  /**
   * @param {string} key
   * @param {LinkSound} sound
   * @param {import('./stem-list.js').Link|null} found
   */
  async #lookHere(key, sound, found) {
    if (!found) return void this.#list.learn(key, sound, {problem: gettext('The service gave an answer that makes no sense. Try again in a minute.')})
    if (!this.#list.learn(key, sound, {found})) return
    const row = this.#list.row(key)
    if (found.name && row?.name === sound.guess) this.#list.set(key, {name: found.name})
    if (found.url) this.#list.learn(key, sound, {reading: this.#tries ? await readAcross(found.url) : 'untold'})
  }

  #retryBroken() {
    for (const row of this.#list.rows) if (row.sound.kind === 'file' && row.sound.state === 'broken') this.again(row)
  }
}

/** @param {Problem} problem */
function wordsFor(problem) {
  if (problem.code === 'offline') return gettext('You are offline. It goes on where it was as soon as you are back.')
  if (problem.code === 'unreachable') return gettext('The connection to this service broke. Try again: it goes on where it was.')
  return problem.message
}

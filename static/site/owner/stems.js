import {allow, confirmed, during, isAllowed, one, tell} from '../dom.js'
import {acceptChosen} from '../drop.js'
import {Bring} from '../stems/bring.js'
import {readAcross} from '../stems/browser-check.js'
import {changesOf, isEmpty, rebase, rowOf} from '../stems/changes.js'
import {linesOf} from '../stems/links.js'
import {Palette} from '../stems/palette.js'
import {readiness} from '../stems/readiness.js'
import {Sounds} from '../stems/sounds.js'
import {isSame, MOST, stemBody, StemList} from '../stems/stem-list.js'
import {StemRows} from '../stems/stem-rows.js'
import {gettext, interpolate, ngettext} from '../words.js'
import {Replacing} from './replacing.js'

/** @typedef {import('../../player/core/manifest.js').Manifest} Manifest */
/** @typedef {import('../../player/core/manifest-types.js').ManifestStem} ManifestStem */
/** @typedef {import('../stems/stem-list.js').Row} Row */

const STALE = 3600 * 1000 // milliseconds after which the owner's visit has links looked at again

/** The stems of a share as its owner changes them. Nothing is sent before "Save". */
export class OwnStems {
  #section = one(document, '#owner-stems', HTMLElement)
  #links = one(document, '#links', HTMLTextAreaElement)
  #save = one(document, '#save', HTMLButtonElement)
  #discard = one(document, '#discard', HTMLButtonElement)
  #check = one(document, '#check', HTMLButtonElement)
  #state = one(document, '#stems-state', HTMLElement)
  #problem = one(document, '#stems-problem', HTMLElement)
  #list = new StemList()
  #palette = new Palette(this.#section.dataset.palette ?? '[]')
  #replacing = new Replacing()
  /** @type {ManifestStem[]} the stems that the rows are changes of */
  #base = []
  #wanted = false
  #saving = false
  #looked = false
  #editing
  #onSaved
  #tries
  #sounds
  #bring
  #rows

  /**
   * @param {import('./editing.js').Editing} editing
   * @param {(manifest: Manifest) => void} onSaved
   * @param {boolean} tries whether this page may ask other hosts
   */
  constructor(editing, onSaved, tries) {
    this.#editing = editing
    this.#onSaved = onSaved
    this.#tries = tries
    this.#sounds = new Sounds(this.#list, tries)
    this.#bring = new Bring(this.#list, this.#sounds, this.#palette, Number(this.#section.dataset.maxBytes))
    this.#rows = new StemRows(one(document, '#stem-list', HTMLElement), this.#list, this.#palette, {
      again: (row) => this.#sounds.again(row),
      remove: (row) => void this.#remove(row),
      replace: (row) => void this.#replace(row),
      home: () => this.#links,
    })
    editing.on('manifest', (manifest) => this.#take(manifest))
    editing.on('overtaken', () => this.dirty && tell(this.#state, gettext('Somebody else changed this share just now. What they changed is shown, and your changes are still here.')))
    this.#list.on('change', () => this.#show())
    this.#save.addEventListener('click', () => isAllowed(this.#save) && void this.#want())
    this.#discard.addEventListener('click', () => isAllowed(this.#discard) && this.#undo())
    this.#check.addEventListener('click', () => void this.#lookAgain())
    one(document, '#add-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      const lines = linesOf(this.#links.value)
      this.#links.value = ''
      if (lines.length) void this.#bring.links(lines).then((words) => tell(this.#state, words))
      else this.#links.focus()
    })
    acceptChosen(one(document, '#stem-files', HTMLInputElement), (files) => void this.#bring.files(files).then((words) => tell(this.#state, words)))
    window.addEventListener('beforeunload', (event) => {
      if (this.dirty) event.preventDefault()
    })
    this.#show()
  }

  /** Whether something would be lost by leaving. */
  get dirty() {
    return !isEmpty(changesOf(this.#list.rows, this.#base))
  }

  /** @param {Manifest} manifest */
  #take({stems}) {
    const rows = rebase(this.#list.rows, this.#base, stems)
    this.#base = stems
    this.#list.reset(rows)
    if (this.#looked) return
    this.#looked = true
    const checked = stems.flatMap((stem) => (stem.kind === 'hosted' ? [Date.parse(stem.checked_at ?? '') || 0] : []))
    if (checked.length && Math.min(...checked) < Date.now() - STALE) void this.#lookAgain()
  }

  #show() {
    const dirty = this.dirty
    this.#section.classList.toggle('dirty', dirty)
    allow(this.#save, dirty && !this.#saving && !this.#wanted)
    allow(this.#discard, dirty && !this.#saving)
    this.#check.hidden = !this.#base.some((stem) => stem.kind === 'hosted')
    if (this.#wanted && !this.#saving) void this.#go()
  }

  async #want() {
    this.#wanted = true
    tell(this.#problem, null)
    await this.#go()
    this.#show()
  }

  async #go() {
    const {state, words, row} = readiness(this.#list.rows)
    if (state === 'busy') return this.#state.textContent === words || tell(this.#state, words)
    this.#wanted = false
    if (state === 'ready') return this.#send()
    tell(this.#problem, words)
    if (row) this.#rows.focus(row.key)
  }

  async #send() {
    this.#saving = true
    tell(this.#state, gettext('Saving…'))
    this.#show()
    const {rows} = this.#list
    let saved = false
    try {
      await this.#sounds.handOver(rows, () => this.#sendAll(rows))
      tell(this.#state, gettext('Saved.'))
      saved = true
    } catch (problem) {
      const {message, detail} = /** @type {import('../problem.js').Problem} */ (problem)
      tell(this.#state, null)
      // Where rows say what is wrong with them they are named; the service counts only those that it was sent.
      const {state, words} = readiness(this.#list.rows)
      tell(this.#problem, detail?.stems && state === 'bad' ? words : message)
    } finally {
      this.#saving = false
      this.#show()
    }
    if (saved && this.#editing.manifest) this.#onSaved(this.#editing.manifest)
  }

  /**
   * What changed, then what is new, then the order of both: each is there as soon as the service said yes.
   * @param {readonly Row[]} rows
   */
  async #sendAll(rows) {
    const {stems, order, added, ...leaving} = changesOf(rows, this.#base)
    // No share is without stems: where all of them go, one does so only when the new ones are there.
    const last = added.length && leaving.remove.length === this.#base.length ? leaving.remove.slice(0, 1) : []
    const remove = leaving.remove.slice(last.length)
    if (stems.length || remove.length || (order && !added.length)) {
      const edit = {...(stems.length && {stems}), ...(remove.length && {remove}), ...(order && {order})}
      const replaced = rows.filter((row) => row.id !== null && row.sound.kind !== 'stem')
      await this.#blaming(replaced, this.#editing.patch(edit))
      // What was replaced is the share's own now.
      for (const row of rows) if (row.id !== null && row.sound.kind !== 'stem') this.#adopt(row, row.id)
    }
    if (!added.length) return
    // Beside that one there is no room for as many as a share may have: then one of the new ones comes when it has gone.
    const late = last.length ? added.slice(MOST - 1) : []
    const ids = await this.#add(added.slice(0, added.length - late.length))
    if (late.length) {
      await this.#editing.patch({remove: last.splice(0)})
      ids.push(...(await this.#add(late)))
    }
    const wanted = rows.flatMap((row) => {
      const place = added.indexOf(row)
      return (place < 0 ? row.id : ids[place]) ?? []
    })
    const staying = (this.#editing.manifest?.stems ?? []).filter(({id}) => !last.includes(id))
    const moved = staying.some(({id}, index) => id !== wanted[index])
    if (last.length || moved) await this.#editing.patch({...(last.length && {remove: last}), ...(moved && {order: wanted})})
  }

  /**
   * New rows become stems of the share.
   * @param {readonly Row[]} added
   * @returns {Promise<string[]>} their ids
   */
  async #add(added) {
    const before = new Set(this.#base.map(({id}) => id))
    const manifest = await this.#blaming(added, this.#editing.add(added.map(stemBody)))
    const ids = manifest.stems.flatMap(({id}) => (before.has(id) ? [] : id))
    added.forEach((row, index) => this.#adopt(row, ids[index] ?? null))
    return ids
  }

  /**
   * @template T
   * @param {readonly Row[]} rows whose sounds the service is sent, in this order: those that it refuses say why
   * @param {Promise<T>} answer
   */
  #blaming(rows, answer) {
    return answer.catch((problem) => {
      this.#sounds.blame(problem, rows)
      throw problem
    })
  }

  /**
   * A row is a stem of the share from now on, with the sound that was sent: perhaps it has another one by now.
   * @param {Row} sent
   * @param {string|null} id
   */
  #adopt({key, sound}, id) {
    const stem = this.#editing.manifest?.stems.find((one) => one.id === id)
    const others = this.#list.rows.filter((row) => row.key === key || row.id !== id)
    if (stem) this.#list.reset(others.map((row) => (row.key === key ? {...row, id: stem.id, sound: isSame(row.sound, sound) ? rowOf(stem).sound : row.sound} : row)))
  }

  #undo() {
    this.#bring.discard()
    for (const row of this.#list.rows) this.#sounds.drop(row)
    this.#wanted = false
    tell(this.#problem, null)
    tell(this.#state, gettext('All changes are undone.'))
    this.#list.reset(this.#base.map(rowOf))
    this.#links.focus()
  }

  /** @param {Row} row */
  async #remove(row) {
    if (row.id !== null && !(await confirmed('remove-dialog', row.name))) return
    this.#sounds.drop(row)
    this.#rows.take(row)
  }

  /** @param {Row} row */
  async #replace(row) {
    const sound = await this.#replacing.ask(row.name)
    if (sound !== null) this.#bring.instead(row, sound)
  }

  #lookAgain() {
    return during(this.#check, () => this.#lookAtAll())
  }

  async #lookAtAll() {
    tell(this.#state, gettext('Looking at the links…'))
    try {
      await this.#editing.check()
      await Promise.all(this.#list.rows.map((row) => this.#lookHere(row)))
      const bad = this.#base.filter((stem) => stem.kind === 'hosted' && stem.error).length
      const words = interpolate(ngettext('%(n)s link does not play any more: its row says why.', '%(n)s links do not play any more: their rows say why.', bad), {n: bad})
      tell(this.#state, bad ? words : gettext('All links are well.'))
    } catch (problem) {
      tell(this.#state, null)
      tell(this.#problem, /** @type {Error} */ (problem).message)
    }
  }

  /** @param {Row} row */
  async #lookHere({key, sound}) {
    if (!this.#tries || sound.kind !== 'stem' || sound.stem.kind !== 'hosted' || sound.stem.error || !sound.stem.url) return
    this.#list.learn(key, sound, {reading: await readAcross(sound.stem.url)})
  }
}


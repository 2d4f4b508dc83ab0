import {say} from '../dom.js'
import {gettext, interpolate} from '../words.js'
import {drag} from './drag.js'
import {cleanName} from './names.js'
import {StemRow} from './stem-row.js'

/** @typedef {import('./stem-list.js').StemList} StemList */
/** @typedef {import('./stem-list.js').Row} Row */

/** The rows of a list on the page, in step with it. */
export class StemRows {
  /** @type {Map<string, StemRow>} */
  #rows = new Map()
  #element
  #list
  #palette
  #options

  /**
   * @param {HTMLElement} element the <ol>
   * @param {StemList} list
   * @param {import('./palette.js').Palette} palette
   * @param {{again: (row: Row) => void, remove: (row: Row) => void, replace?: (row: Row) => void, home: () => HTMLElement}} options
   *   `home`: where the keyboard goes when the last row is gone
   */
  constructor(element, list, palette, options) {
    this.#element = element
    this.#list = list
    this.#palette = palette
    this.#options = options
    list.on('change', (row) => (row ? this.#show(row) : this.#sync()))
    this.#sync()
  }

  /** @param {string} key */
  focus(key) {
    this.#rows.get(key)?.focus()
  }

  #sync() {
    const {rows} = this.#list
    const keys = new Set(rows.map(({key}) => key))
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue
      row.element.remove()
      this.#rows.delete(key)
    }
    for (const row of rows) if (!this.#rows.has(row.key)) this.#rows.set(row.key, this.#make(row))
    this.#order(rows.map(({key}) => /** @type {StemRow} */ (this.#rows.get(key)).element))
    for (const row of rows) this.#show(row)
  }

  /**
   * Put elements in order around the one that has focus or is dragged: an element that is moved loses both.
   * @param {HTMLElement[]} wanted
   */
  #order(wanted) {
    if (wanted.every((element, place) => this.#element.children[place] === element)) return
    const held = wanted.findIndex((element) => element.classList.contains('dragged') || element.contains(document.activeElement))
    const still = wanted[Math.max(0, held)]
    if (!still) return
    if (still.parentElement !== this.#element) this.#element.append(still)
    const place = wanted.indexOf(still)
    still.before(...wanted.slice(0, place))
    still.after(...wanted.slice(place + 1))
  }

  /** @param {Row} row */
  #show(row) {
    const place = this.#list.place(row.key)
    this.#rows.get(row.key)?.show(row, {first: place === 0, last: place === this.#list.rows.length - 1})
  }

  /** @param {Row} made */
  #make({key}) {
    const list = this.#list
    const {again, remove, replace} = this.#options
    const now = () => /** @type {Row} */ (list.row(key))
    const row = new StemRow(now(), this.#palette, {
      set: (settings) => list.set(key, settings),
      named: () => {
        const {name, sound} = now()
        if (sound.kind === 'stem' && !cleanName(name)) list.set(key, {name: sound.stem.name}) // an empty name is none
      },
      keep: (keep) => {
        const {sound} = now()
        if (sound.kind === 'link') list.learn(key, sound, {keep})
      },
      move: (by) => this.#move(key, list.place(key) + by),
      drag: (event) => drag(event, row.element, (place) => this.#move(key, place)),
      again: () => again(now()),
      remove: () => remove(now()),
      replace: replace ? () => replace(now()) : null,
    })
    return row
  }

  /**
   * @param {string} key
   * @param {number} place
   */
  #move(key, place) {
    if (!this.#list.move(key, place)) return
    const {name} = /** @type {Row} */ (this.#list.row(key))
    say(interpolate(gettext('%(name)s: place %(place)s of %(all)s'), {name, place: this.#list.place(key) + 1, all: this.#list.rows.length}))
  }

  /**
   * Take a row away, and let the keyboard go to its neighbour.
   * @param {Row} row
   */
  take({key, name}) {
    const place = this.#list.place(key)
    const next = this.#list.rows[place + 1] ?? this.#list.rows[place - 1]
    this.#list.remove(key)
    if (next) this.#rows.get(next.key)?.focusRemove()
    else this.#options.home().focus()
    say(interpolate(gettext('%(name)s is removed'), {name}))
  }
}

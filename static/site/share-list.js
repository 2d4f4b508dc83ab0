import {one} from './dom.js'
import {ShareRow} from './share-row.js'
import {concernsShares} from './shares.js'
import {gettext, interpolate} from './words.js'

const FIRST = 8 // rows shown until somebody asks for all
const AT_ONCE = 3 // questions to the service at a time
const AGAIN = 5000 // milliseconds between looks at what is under way

/** "Your shares in this browser" on the first page. */
export class ShareList {
  #section = one(document, '#shares', HTMLElement)
  #list = one(document, '#share-list', HTMLUListElement)
  #more = one(document, '#shares-all', HTMLButtonElement)
  /** @type {Map<string, ShareRow>} */
  #rows = new Map()
  #all = false
  #shares

  /** @param {import('./shares.js').Shares} shares */
  constructor(shares) {
    this.#shares = shares
    for (const mine of shares.list()) if (mine.state === 'gone') shares.forget(mine.id) // said so at the last visit
    this.show()
    void this.#refresh([...this.#rows.values()])
    this.#section.addEventListener('left', () => this.show())
    this.#more.addEventListener('click', () => this.#showAll())
    document.addEventListener('click', (event) => this.#rows.forEach((row) => row.leaveMenu(event.target)))
    window.addEventListener('storage', (event) => concernsShares(event) && this.show())
    window.addEventListener('pageshow', (event) => {
      if (!event.persisted) return
      this.show() // as it was when it was left, and other pages have changed what this browser knows
      void this.#refresh([...this.#rows.values()])
    })
    window.setInterval(() => {
      if (!document.hidden) void this.#refresh([...this.#rows.values()].filter((row) => row.unsettled))
    }, AGAIN)
  }

  /** Bring the page in line with what this browser knows, leaving rows that stay where they are untouched. */
  show() {
    const all = this.#shares.list()
    const shown = this.#all ? all : all.slice(0, FIRST)
    const ids = new Set(shown.map((mine) => mine.id))
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue
      row.element.remove()
      this.#rows.delete(id)
    }
    shown.forEach((mine, place) => {
      const row = this.#rows.get(mine.id)
      row?.show(mine)
      if (row) return
      const fresh = new ShareRow(mine, this.#shares)
      this.#rows.set(mine.id, fresh)
      this.#list.insertBefore(fresh.element, this.#list.children[place] ?? null)
    })
    this.#section.hidden = all.length === 0
    this.#more.hidden = shown.length === all.length
    this.#more.textContent = interpolate(gettext('Show all %(n)s'), {n: all.length})
  }

  #showAll() {
    const known = new Set(this.#rows.values())
    this.#all = true
    this.show()
    const fresh = [...this.#rows.values()].filter((row) => !known.has(row))
    fresh[0]?.element.querySelector('a')?.focus()
    void this.#refresh(fresh)
  }

  /** @param {ShareRow[]} rows */
  async #refresh(rows) {
    const waiting = [...rows]
    const worker = async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) await row.refresh()
    }
    await Promise.all(Array.from({length: AT_ONCE}, worker))
  }
}

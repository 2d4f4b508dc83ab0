import {copies, selectsAll} from '../copy.js'
import {allow, confirmed, isAllowed, one, say, tell} from '../dom.js'
import {gettext, interpolate, ngettext} from '../words.js'
import {makeShare} from './api.js'
import {Bring} from './bring.js'
import {embedCode} from './embed-code.js'
import {linesOf} from './links.js'
import {Palette} from './palette.js'
import {Preview} from './preview.js'
import {readiness} from './readiness.js'
import {Sounds} from './sounds.js'
import {stemBody, StemList} from './stem-list.js'
import {StemRows} from './stem-rows.js'

/** @typedef {import('../upload.js').Created} Created */

/** "Your stems" on the first page: rows become a share. */
export class Composer {
  #section = one(document, '#composer', HTMLElement)
  #form = one(document, '#stems-form', HTMLFormElement)
  #links = one(document, '#links', HTMLTextAreaElement)
  #title = one(document, '#stems-title', HTMLInputElement)
  #exclusive = one(document, '#exclusive', HTMLInputElement)
  #count = one(document, '#stem-count', HTMLElement)
  #make = one(document, '#make', HTMLButtonElement)
  #wait = one(document, '#make-wait', HTMLButtonElement)
  #state = one(document, '#composer-state', HTMLElement)
  #problem = one(document, '#composer-problem', HTMLElement)
  #list = new StemList()
  #sounds = new Sounds(this.#list)
  #palette = new Palette(this.#form.dataset.palette ?? '[]')
  #bring = new Bring(this.#list, this.#sounds, this.#palette, Number(this.#form.dataset.maxBytes))
  #preview
  #rows
  #wanted = false // the link, as soon as all is uploaded
  #making = false
  #onCreated

  /** @param {(created: Created, title: string) => void} onCreated */
  constructor(onCreated) {
    this.#onCreated = onCreated
    this.#rows = new StemRows(one(document, '#stem-list', HTMLElement), this.#list, this.#palette, {
      again: (row) => this.#sounds.again(row),
      remove: (row) => {
        this.#sounds.drop(row)
        this.#rows.take(row)
      },
      home: () => this.#links,
    })
    this.#preview = new Preview(this.#list, () => this.#title.value)
    this.#list.on('change', (row) => {
      if (!row) tell(this.#problem, null) // it was about rows that may be gone
      this.#show()
    })
    this.#exclusive.addEventListener('change', () => this.#list.setExclusive(this.#exclusive.checked))
    this.#make.addEventListener('click', () => isAllowed(this.#make) && void this.#want())
    this.#wait.addEventListener('click', () => this.#dontWait())
    one(document, '#discard', HTMLElement).addEventListener('click', () => void this.#discard())
    one(document, '#made-more', HTMLElement).addEventListener('click', () => this.#showMade(null))
    for (const [button, field] of [['#made-copy', '#made-link'], ['#made-copy-embed', '#made-embed'], ['#made-copy-manage', '#made-manage']]) {
      const text = /** @type {HTMLInputElement} */ (one(document, String(field), HTMLElement))
      copies(one(document, String(button), HTMLElement), () => text.value)
      selectsAll(text)
    }
    this.#show()
  }

  /** Whether leaving the page would lose something. */
  get busy() {
    return this.#list.rows.length > 0
  }

  /** What stands in the field for links. */
  takeField() {
    const lines = linesOf(this.#links.value)
    if (lines.length === 0) return this.#links.focus()
    this.#links.value = ''
    this.takeLinks(lines)
  }

  /** @param {string[]} links */
  takeLinks(links) {
    void this.#open(() => this.#bring.links(links))
  }

  /** @param {File[]} files */
  takeFiles(files) {
    void this.#open(() => this.#bring.files(files))
  }

  /** @param {() => Promise<string>} add says what came of it */
  async #open(add) {
    const first = this.#section.hidden
    this.#showMade(null)
    tell(this.#state, await add())
    if (first) this.#section.scrollIntoView({block: 'nearest'})
  }

  #show() {
    const {rows} = this.#list
    const all = rows.length
    this.#section.hidden = all === 0
    this.#count.textContent = interpolate(ngettext('%(n)s stem', '%(n)s stems', all), {n: all})
    if (all === 0) this.#wanted = false
    if (this.#wanted) void this.#go()
    const waits = this.#wanted && !this.#making
    const waited = document.activeElement === this.#wait
    this.#make.hidden = waits
    allow(this.#make, !this.#making)
    if (waited && !waits) this.#make.focus()
    this.#wait.hidden = !waits
  }

  async #want() {
    this.#wanted = true
    tell(this.#problem, null)
    await this.#go()
    this.#show()
    if (this.#wanted && !this.#making) this.#wait.focus()
  }

  #dontWait() {
    this.#wanted = false
    tell(this.#state, null)
    this.#show()
    this.#make.focus()
  }

  /** Make the share if nothing stands in its way any more. */
  async #go() {
    const {state, words, row} = readiness(this.#list.rows)
    if (state === 'busy') return this.#state.textContent === words || tell(this.#state, words)
    if (state === 'bad') {
      this.#wanted = false
      tell(this.#problem, words)
      return row && this.#rows.focus(row.key)
    }
    if (!this.#making) await this.#create()
  }

  async #create() {
    this.#making = true
    tell(this.#state, gettext('Making the link…'))
    const title = this.#title.value.trim()
    const {rows, exclusive} = this.#list
    const stems = rows.map(stemBody)
    try {
      const created = await this.#sounds.handOver(rows, () => makeShare({...(title && {title}), exclusive, stems}))
      const {embedHead, embedLane} = this.#form.dataset
      const height = Number(embedHead) + Number(embedLane) * stems.length
      const code = embedCode(created.embed_url, title || gettext('Untitled'), height)
      const sent = new Set(rows.map(({key}) => key))
      this.#list.reset(this.#list.rows.filter(({key}) => !sent.has(key))) // but what was brought meanwhile
      this.#preview.close()
      // What was set meanwhile is of the next share.
      if (this.#title.value.trim() === title) this.#title.value = ''
      if (this.#list.exclusive === exclusive) this.#exclusive.checked = this.#list.exclusive = false
      tell(this.#state, null)
      this.#onCreated(created, title || gettext('Untitled'))
      this.#showMade({...created, code})
    } catch (problem) {
      this.#sounds.blame(/** @type {import('../problem.js').Problem} */ (problem), rows)
      tell(this.#problem, /** @type {Error} */ (problem).message)
      tell(this.#state, null)
    } finally {
      this.#wanted = this.#making = false
      this.#show()
    }
  }

  async #discard() {
    if (!(await confirmed('discard-dialog', this.#count.textContent ?? ''))) return
    this.#bring.discard()
    for (const row of this.#list.rows) this.#sounds.drop(row)
    this.#list.reset([])
    this.#preview.close()
    tell(this.#problem, null)
    tell(this.#state, null)
    this.#links.focus()
    say(gettext('All stems are removed'))
  }

  /** @param {Created & {code: string}|null} created */
  #showMade(created) {
    const section = one(document, '#made', HTMLElement)
    const hadFocus = section.contains(document.activeElement)
    section.hidden = !created
    if (!created) return void (hadFocus && this.#links.focus())
    const set = (/** @type {string} */ field, /** @type {string} */ text) => {
      /** @type {HTMLInputElement} */ (one(document, field, HTMLElement)).value = text
    }
    set('#made-link', created.url)
    set('#made-embed', created.code)
    set('#made-manage', created.manage_url)
    one(document, '#made-open', HTMLAnchorElement).href = created.url
    one(document, '#made-heading', HTMLElement).focus()
    say(interpolate(gettext('The link is %(url)s'), {url: created.url}))
  }
}

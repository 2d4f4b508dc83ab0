import {edit, read, remove} from './api.js'
import {copies} from './copy.js'
import {confirmed, copyOf, one, say, tell} from './dom.js'
import {age} from './format.js'
import {Rename} from './rename.js'
import {stateWord} from './states.js'
import {gettext, interpolate} from './words.js'

/** @typedef {import('./shares.js').Mine} Mine */

/** One line of "your shares in this browser". */
export class ShareRow {
  element = copyOf('share-row')
  #title = one(this.element, '[data-title]', HTMLAnchorElement)
  #state = one(this.element, '[data-state]', HTMLElement)
  #age = one(this.element, '[data-age]', HTMLTimeElement)
  #problem = one(this.element, '[data-problem]', HTMLElement)
  #menu = one(this.element, '[data-menu]', HTMLDetailsElement)
  #menuName = one(this.element, '[data-menu-name]', HTMLElement)
  #shares
  #mine

  /**
   * @param {Mine} mine
   * @param {import('./shares.js').Shares} shares
   */
  constructor(mine, shares) {
    this.#shares = shares
    this.#mine = mine
    copies(one(this.element, '[data-copy]', HTMLElement), () => this.#mine.url)
    copies(one(this.element, '[data-copy-manage]', HTMLElement), () => `${this.#mine.url}#edit=${this.#mine.token}`)
    const rename = new Rename(one(this.element, '[data-rename]', HTMLFormElement), {
      problem: this.#problem,
      title: () => this.#mine.title,
      save: (title) => this.#rename(title),
      onToggle: (open) => open || this.#title.focus(),
    })
    this.#choice('[data-rename-start]', () => rename.open())
    this.#choice('[data-forget]', () => this.#forget())
    this.#choice('[data-delete]', () => this.#delete())
    this.#menu.addEventListener('keydown', (event) => event.key === 'Escape' && this.#closeMenu())
    this.#menu.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !this.#menu.contains(/** @type {Node} */ (event.relatedTarget))) this.#menu.open = false
    })
    this.show(mine)
  }

  /** Whether its state may still change by itself. */
  get unsettled() {
    return ['queued', 'running'].includes(this.#mine.state)
  }

  /** @param {Mine} mine */
  show(mine) {
    this.#mine = mine
    this.#title.textContent = mine.title
    this.#title.href = mine.url
    this.#state.textContent = stateWord(mine.state, mine.job)
    this.#state.className = `mine-state ${mine.state}`
    this.element.classList.toggle('gone', mine.state === 'gone')
    for (const action of ['[data-rename-start]', '[data-copy-manage]', '[data-delete]', '[data-copy]']) {
      one(this.element, action, HTMLElement).hidden = mine.state === 'gone'
    }
    this.#menuName.textContent = interpolate(gettext('More for %(title)s'), {title: mine.title})
    this.#age.dateTime = new Date(mine.created).toISOString()
    this.#age.textContent = age(mine.created, Date.now())
  }

  /** Ask the service how the share stands. */
  async refresh() {
    try {
      this.#shares.note(await read(this.#mine.id))
    } catch (problem) {
      const {gone} = /** @type {import('./problem.js').Problem} */ (problem)
      const mine = this.#shares.get(this.#mine.id) // null if it was forgotten meanwhile
      if (gone && mine) this.#shares.put({...mine, state: 'gone'})
    }
    this.show(this.#shares.get(this.#mine.id) ?? this.#mine)
  }

  /** Close the menu unless the click was in it. @param {EventTarget|null} target */
  leaveMenu(target) {
    if (!this.#menu.contains(/** @type {Node|null} */ (target))) this.#menu.open = false
  }

  /**
   * @param {string} selector
   * @param {() => void} action
   */
  #choice(selector, action) {
    one(this.element, selector, HTMLElement).addEventListener('click', () => {
      this.#closeMenu()
      action()
    })
  }

  #closeMenu() {
    this.#menu.open = false
    one(this.#menu, 'summary', HTMLElement).focus()
  }

  /** @param {string} title */
  async #rename(title) {
    const manifest = await edit(this.#mine.id, this.#mine.token, {title})
    this.#shares.note(manifest)
    this.show(this.#shares.get(this.#mine.id) ?? {...this.#mine, title: manifest.title})
  }

  async #forget() {
    if (this.#mine.state === 'gone' || (await confirmed('forget-dialog', this.#mine.title))) this.#leave(gettext('Forgotten'))
  }

  async #delete() {
    if (!(await confirmed('delete-dialog', this.#mine.title))) return
    try {
      await remove(this.#mine.id, this.#mine.token)
      this.#leave(gettext('Deleted'))
    } catch (problem) {
      tell(this.#problem, /** @type {Error} */ (problem).message)
    }
  }

  /** @param {string} said */
  #leave(said) {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling
    this.#shares.forget(this.#mine.id)
    this.element.dispatchEvent(new CustomEvent('left', {bubbles: true}))
    const focus = next?.querySelector('a') ?? document.querySelector('#song')
    if (focus instanceof HTMLElement) focus.focus()
    say(said)
  }
}

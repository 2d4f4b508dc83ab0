import {cancel, edit, remove} from './api.js'
import {copies} from './copy.js'
import {confirmed, one, say, tell} from './dom.js'
import {gettext} from './words.js'

/** @typedef {import('./shares.js').Mine} Mine */

/** What the holder of the edit token can do on the page of a share: rename, stop, delete, allow downloads, hand the token on. */
export class Owner {
  #line = one(document, '#title-line', HTMLElement)
  #heading = one(document, '#title', HTMLElement)
  #start = one(document, '#rename-start', HTMLButtonElement)
  #form = one(document, '#rename', HTMLFormElement)
  #newTitle = one(document, '#new-title', HTMLInputElement)
  #renameProblem = one(document, '#rename-problem', HTMLElement)
  #downloads = one(document, '#downloads', HTMLInputElement)
  #stop = one(document, '#stop', HTMLButtonElement)
  #delete = one(document, '#delete', HTMLButtonElement)
  #problem = one(document, '#owner-problem', HTMLElement)
  #mine
  #shares

  /**
   * @param {Mine} mine
   * @param {import('./shares.js').Shares} shares
   */
  constructor(mine, shares) {
    this.#mine = mine
    this.#shares = shares
    this.#start.hidden = false
    one(document, '#owner', HTMLElement).hidden = false
    copies(one(document, '#copy-manage', HTMLElement), () => `${mine.url}#edit=${mine.token}`)
    this.#start.addEventListener('click', () => this.#edit(true))
    one(document, '#rename-stop', HTMLElement).addEventListener('click', () => this.#edit(false))
    this.#form.addEventListener('keydown', (event) => event.key === 'Escape' && this.#edit(false))
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#rename()
    })
    this.#downloads.addEventListener('change', () => void this.#try(this.#downloads, () => this.#allow()))
    this.#stop.addEventListener('click', () => void this.#try(this.#stop, () => this.#cancel()))
    this.#delete.addEventListener('click', async () => {
      if (!(await confirmed('delete-dialog', this.#heading.textContent ?? ''))) return
      void this.#try(this.#delete, () => this.#remove())
    })
  }

  /** @param {string} state */
  show(state) {
    const hadFocus = document.activeElement === this.#stop
    this.#stop.hidden = !['queued', 'running'].includes(state)
    if (hadFocus && this.#stop.hidden) this.#delete.focus()
  }

  /** @param {boolean} on */
  #edit(on) {
    this.#form.hidden = !on
    this.#line.hidden = on
    tell(this.#renameProblem, null)
    this.#newTitle.value = this.#heading.textContent ?? ''
    if (on) this.#newTitle.select()
    else this.#start.focus()
  }

  async #rename() {
    const title = this.#newTitle.value.trim()
    if (!title) return
    try {
      const manifest = await edit(this.#mine.id, this.#mine.token, {title})
      this.#shares.note(manifest)
      showTitle(manifest.title)
      this.#edit(false)
      say(gettext('Renamed'))
    } catch (problem) {
      tell(this.#renameProblem, /** @type {Error} */ (problem).message)
    }
  }

  async #allow() {
    const wanted = this.#downloads.checked
    try {
      await edit(this.#mine.id, this.#mine.token, {downloads: wanted})
      say(wanted ? gettext('Downloads are allowed') : gettext('Downloads are not allowed any more'))
    } catch (problem) {
      this.#downloads.checked = !wanted
      throw problem
    }
  }

  async #cancel() {
    await cancel(this.#mine.id, this.#mine.token)
    location.reload() // the page as the server tells it from now on
  }

  async #remove() {
    await remove(this.#mine.id, this.#mine.token)
    this.#shares.forget(this.#mine.id)
    location.reload()
  }

  /**
   * @param {HTMLButtonElement|HTMLInputElement} control
   * @param {() => Promise<void>} action
   */
  async #try(control, action) {
    tell(this.#problem, null)
    control.disabled = true
    try {
      await action()
    } catch (problem) {
      tell(this.#problem, /** @type {Error} */ (problem).message)
    } finally {
      control.disabled = false
    }
  }
}

/** @param {string} title */
export function showTitle(title) {
  one(document, '#title', HTMLElement).textContent = title
  document.title = `${title} · Stemlink`
}

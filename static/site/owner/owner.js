import {cancel, remove} from '../api.js'
import {copies} from '../copy.js'
import {confirmed, during, one, tell} from '../dom.js'
import {Rename} from '../rename.js'
import {showTitle} from '../title.js'
import {gettext} from '../words.js'
import {Editing} from './editing.js'
import {Settings} from './settings.js'
import {OwnStems} from './stems.js'

/** @typedef {import('../shares.js').Mine} Mine */
/** @typedef {import('../../player/core/manifest.js').Manifest} Manifest */

/** What the holder of the edit token can do on the page of a share: rename, stop, delete, hand the token on; and see Settings, OwnStems. */
export class Owner {
  #line = one(document, '#title-line', HTMLElement)
  #heading = one(document, '#title', HTMLElement)
  #start = one(document, '#rename-start', HTMLButtonElement)
  #stop = one(document, '#stop', HTMLButtonElement)
  #delete = one(document, '#delete', HTMLButtonElement)
  #problem = one(document, '#owner-problem', HTMLElement)
  #mine
  #shares
  #onSet
  #editing

  /**
   * @param {Mine} mine
   * @param {import('../shares.js').Shares} shares
   * @param {{onSaved: (manifest: Manifest) => void, onSet: (manifest: Manifest) => void}} news its stems, or anything else of it
   * @param {boolean} tries whether this page may ask other hosts
   */
  constructor(mine, shares, {onSaved, onSet}, tries) {
    this.#mine = mine
    this.#shares = shares
    this.#onSet = onSet
    this.#editing = new Editing(mine)
    new Settings(this.#editing, onSet)
    new OwnStems(this.#editing, onSaved, tries)
    this.#editing.refresh().catch((problem) => tell(this.#problem, problem.message))
    this.#start.hidden = false
    copies(one(document, '#copy-manage', HTMLElement), () => `${mine.url}#edit=${mine.token}`)
    const rename = new Rename(one(document, '#rename', HTMLFormElement), {
      problem: one(document, '#rename-problem', HTMLElement),
      title: () => this.#heading.textContent ?? '',
      save: (title) => this.#rename(title),
      onToggle: (open) => {
        this.#line.hidden = open
        if (!open) this.#start.focus()
      },
    })
    this.#start.addEventListener('click', () => rename.open())
    this.#stop.addEventListener('click', () => void this.#try(this.#stop, () => this.#cancel()))
    this.#delete.addEventListener('click', async () => {
      if (!(await confirmed('delete-dialog', this.#heading.textContent ?? ''))) return
      void this.#try(this.#delete, () => this.#remove())
    })
  }

  /** @param {Manifest} manifest heard by the player */
  take(manifest) {
    this.#stop.textContent = manifest.job === 'import' ? gettext('Stop adding stems') : gettext('Stop separating')
    this.#editing.take(manifest)
  }

  /** @param {string} state */
  show(state) {
    const hadFocus = document.activeElement === this.#stop
    this.#stop.hidden = !['queued', 'running'].includes(state)
    if (hadFocus && this.#stop.hidden) this.#delete.focus()
  }

  /** @param {string} title */
  async #rename(title) {
    const manifest = await this.#editing.patch({title})
    this.#shares.note(manifest)
    showTitle(manifest.title)
    this.#onSet(manifest)
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
   * @param {HTMLButtonElement} control
   * @param {() => Promise<void>} action
   */
  async #try(control, action) {
    tell(this.#problem, null)
    await during(control, action, this.#delete).catch((problem) => tell(this.#problem, problem.message))
  }
}

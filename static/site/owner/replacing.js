import {one, tell} from '../dom.js'
import {linesOf} from '../stems/links.js'
import {gettext} from '../words.js'

/** Asks for another sound of a stem: a link, or a file. */
export class Replacing {
  #dialog = one(document, 'dialog#replace-dialog', HTMLDialogElement)
  #form = one(this.#dialog, 'form', HTMLFormElement)
  #title = one(this.#dialog, '[data-title]', HTMLElement)
  #link = one(this.#dialog, '#replace-link', HTMLInputElement)
  #file = one(this.#dialog, '#replace-file', HTMLInputElement)
  #problem = one(this.#dialog, '#replace-problem', HTMLElement)
  /** @type {(sound: File|string|null) => void} */
  #answer = () => {}

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      const [link, ...more] = linesOf(this.#link.value)
      if (link === undefined || more.length) return tell(this.#problem, gettext('Paste one link, or choose a file.'))
      this.#end(link)
    })
    this.#file.addEventListener('change', () => this.#file.files?.[0] && this.#end(this.#file.files[0]))
    one(this.#dialog, '#replace-stop', HTMLElement).addEventListener('click', () => this.#end(null))
    this.#dialog.addEventListener('close', () => this.#answer(null))
  }

  /**
   * @param {string} name of the stem
   * @returns {Promise<File|string|null>} null when it stays as it is
   */
  ask(name) {
    this.#title.textContent = name
    this.#link.value = this.#file.value = ''
    tell(this.#problem, null)
    this.#dialog.showModal()
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  /** @param {File|string|null} sound */
  #end(sound) {
    this.#answer(sound)
    this.#dialog.close()
  }
}

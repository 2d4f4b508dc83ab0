import {one, say, tell} from './dom.js'
import {gettext} from './words.js'

/** The form that gives a share another title. */
export class Rename {
  #form
  #field
  #problem
  #title
  #save
  #onToggle
  /** @type {Promise<void>|null} the answer that the open form waits for */
  #awaited = null

  /**
   * @param {HTMLFormElement} form with a field, and a button that leaves it
   * @param {object} options
   * @param {HTMLElement} options.problem says what went wrong
   * @param {() => string} options.title as it is
   * @param {(title: string) => Promise<void>} options.save
   * @param {(open: boolean) => void} options.onToggle once it is closed the focus goes elsewhere
   */
  constructor(form, {problem, title, save, onToggle}) {
    this.#form = form
    this.#field = one(form, 'input', HTMLInputElement)
    this.#problem = problem
    this.#title = title
    this.#save = save
    this.#onToggle = onToggle
    one(form, 'button[type=button]', HTMLButtonElement).addEventListener('click', () => this.#toggle(false))
    form.addEventListener('keydown', (event) => event.key === 'Escape' && this.#toggle(false))
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#send()
    })
  }

  open() {
    this.#toggle(true)
    this.#field.select()
  }

  /** @param {boolean} open */
  #toggle(open) {
    this.#awaited = null // a late answer changes the title, and neither the form nor the focus
    this.#form.hidden = !open
    tell(this.#problem, null)
    this.#field.value = this.#title()
    this.#onToggle(open)
  }

  async #send() {
    const title = this.#field.value.trim()
    if (!title || this.#awaited) return
    const answer = (this.#awaited = this.#save(title))
    try {
      await answer
      if (this.#awaited === answer) this.#toggle(false)
      say(gettext('Renamed'))
    } catch (problem) {
      if (this.#awaited !== answer) return // whoever left it wanted nothing of it
      this.#awaited = null
      tell(this.#problem, /** @type {Error} */ (problem).message)
    }
  }
}

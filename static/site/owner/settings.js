import {one, say, tell} from '../dom.js'
import {gettext} from '../words.js'

/** @typedef {import('../../player/core/manifest.js').Manifest} Manifest */

const DAY = 24 * 3600 * 1000 // milliseconds
const LONGEST = 36_500 * DAY // a little less than the hundred years that the service allows

/** What an owner sets of a share as a whole; each is saved as it is changed. */
export class Settings {
  #editing
  #onSet
  #problem = one(document, '#settings-problem', HTMLElement)
  #expires = one(document, '#expires', HTMLInputElement)
  #never = one(document, '#never', HTMLButtonElement)
  /** @type {Record<'downloads'|'indexed'|'exclusive', HTMLInputElement>} */
  #boxes = {
    downloads: one(document, '#downloads', HTMLInputElement),
    indexed: one(document, '#indexed', HTMLInputElement),
    exclusive: one(document, '#exclusive', HTMLInputElement),
  }

  /**
   * @param {import('./editing.js').Editing} editing
   * @param {(manifest: Manifest) => void} onSet
   */
  constructor(editing, onSet) {
    this.#editing = editing
    this.#onSet = onSet
    editing.on('manifest', (manifest) => this.#show(manifest))
    for (const [name, box] of Object.entries(this.#boxes)) {
      box.addEventListener('change', () => void this.#save(box, {[name]: box.checked}))
    }
    this.#expires.min = dayOf(Date.now() + DAY)
    this.#expires.max = dayOf(Date.now() + LONGEST)
    this.#expires.addEventListener('change', () => {
      if (this.#expires.value && this.#expires.validity.valid) void this.#save(this.#expires, {expires_at: endOf(this.#expires.value)})
      else if (this.#expires.validity.rangeOverflow) tell(this.#problem, gettext('Choose a day of the next hundred years.'))
      else if (this.#expires.value) tell(this.#problem, gettext('Choose a day that is still to come.'))
    })
    this.#never.addEventListener('click', () => void this.#save(this.#never, {expires_at: null}))
  }

  /**
   * @param {Manifest} manifest
   * @param {HTMLElement|null} [failed] goes back to what it was. Else what the owner is about to set stays: a date that is
   *   half typed, a box whose change is on its way
   */
  #show(manifest, failed = null) {
    const set = (/** @type {HTMLInputElement} */ control, /** @type {Partial<HTMLInputElement>} */ value) => {
      if (control === failed || !(control === document.activeElement || control.hasAttribute('aria-busy'))) Object.assign(control, value)
    }
    set(this.#boxes.downloads, {checked: Boolean(manifest.downloads)})
    set(this.#boxes.indexed, {checked: Boolean(manifest.indexed)})
    set(this.#boxes.exclusive, {checked: manifest.exclusive})
    set(this.#expires, {value: manifest.expires_at ? dayOf(Date.parse(manifest.expires_at)) : ''})
    this.#never.disabled = !manifest.expires_at
  }

  /**
   * @param {HTMLInputElement|HTMLButtonElement} control
   * @param {object} change
   */
  async #save(control, change) {
    tell(this.#problem, null)
    control.setAttribute('aria-busy', 'true')
    const {value} = control
    try {
      this.#onSet(await this.#editing.patch(change))
      say(gettext('Saved'))
    } catch (problem) {
      tell(this.#problem, /** @type {Error} */ (problem).message)
      if (this.#editing.manifest) this.#show(this.#editing.manifest, control.value === value ? control : null) // else it is typed on
    } finally {
      control.removeAttribute('aria-busy')
      if (control === this.#never && this.#never.disabled) this.#expires.focus()
    }
  }
}

/**
 * A day as a date field has it, by the owner's clock.
 * @param {number} time milliseconds
 */
function dayOf(time) {
  const at = new Date(time)
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last second of a day by the owner's clock. @param {string} day */
const endOf = (day) => new Date(`${day}T23:59:59`).toISOString()

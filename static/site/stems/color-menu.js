import {one} from '../dom.js'
import {gettext, interpolate} from '../words.js'

let names = 0

/** Chooses the colour of a stem: one of the palette, or any other. */
export class ColorMenu {
  #menu
  #summary
  #name
  #other
  /** @type {HTMLInputElement[]} */
  #choices = []

  /**
   * @param {HTMLDetailsElement} menu
   * @param {import('./palette.js').Palette} palette
   * @param {(color: string) => void} choose
   */
  constructor(menu, palette, choose) {
    this.#menu = menu
    this.#summary = one(menu, 'summary', HTMLElement)
    this.#name = one(menu, '[data-color-name]', HTMLElement)
    this.#other = one(menu, '[data-color-other]', HTMLInputElement)
    const group = one(menu, '[data-swatches]', HTMLElement)
    const name = `color-${++names}`
    for (const hue of palette.hues) {
      const choice = Object.assign(document.createElement('input'), {type: 'radio', name, value: hue.color, title: hue.name})
      choice.className = 'swatch'
      choice.setAttribute('aria-label', hue.name)
      choice.style.setProperty('--stem', hue.color)
      choice.addEventListener('change', () => choose(hue.color))
      choice.addEventListener('click', (event) => event.detail > 0 && this.#close()) // by pointer: chosen, done
      this.#choices.push(choice)
      group.append(choice)
    }
    this.#other.addEventListener('input', () => choose(this.#other.value))
    menu.addEventListener('keydown', (event) => {
      if (!menu.open || !['Escape', 'Enter'].includes(event.key) || event.target === this.#summary) return
      event.preventDefault()
      this.#close()
    })
    menu.addEventListener('focusout', ({relatedTarget}) => {
      if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false
    })
    menu.addEventListener('toggle', () => {
      if (!menu.open) return
      const leave = (/** @type {PointerEvent} */ {target}) => {
        if (target instanceof Node && menu.contains(target)) return
        menu.open = false
        document.removeEventListener('pointerdown', leave)
      }
      document.addEventListener('pointerdown', leave)
    })
  }

  /**
   * @param {string} color
   * @param {string} stem its name
   */
  show(color, stem) {
    // The colour may be somebody else's: nothing but a plain colour becomes style.
    if (!/^#[0-9a-f]{6}$/i.test(color)) return
    this.#menu.style.setProperty('--stem', color)
    for (const choice of this.#choices) choice.checked = choice.value.toLowerCase() === color.toLowerCase()
    this.#other.value = color.toLowerCase()
    this.#name.textContent = interpolate(gettext('Colour of %(name)s'), {name: stem})
  }

  #close() {
    this.#menu.open = false
    this.#summary.focus()
  }
}

import {copyOf, one, say} from '../dom.js'
import {gettext, interpolate} from '../words.js'
import {ColorMenu} from './color-menu.js'
import {verdict} from './verdict.js'

/** @typedef {import('./stem-list.js').Row} Row */
/** @typedef {import('./stem-list.js').Settings} Settings */

/**
 * What a row asks for.
 * @typedef {object} Wishes
 * @property {(settings: Partial<Settings>) => void} set
 * @property {() => void} named the name is as it shall be
 * @property {(keep: boolean) => void} keep a copy here, instead of playing from the host
 * @property {(by: number) => void} move so many places down
 * @property {(event: PointerEvent) => void} drag
 * @property {() => void} again
 * @property {() => void} remove
 * @property {(() => void)|null} replace the sound; null where a row is removed and added instead
 */

/** One row of a list of stems: its settings, and what is known of its sound. */
export class StemRow {
  element = copyOf('stem-row')
  #group = one(this.element, '[data-group]', HTMLElement)
  #name = one(this.element, '[data-name]', HTMLInputElement)
  #solo = one(this.element, '[data-solo]', HTMLButtonElement)
  #mute = one(this.element, '[data-mute]', HTMLButtonElement)
  #volume = one(this.element, '[data-volume]', HTMLInputElement)
  #pan = one(this.element, '[data-pan]', HTMLInputElement)
  #up = one(this.element, '[data-up]', HTMLButtonElement)
  #down = one(this.element, '[data-down]', HTMLButtonElement)
  #remove = one(this.element, '[data-remove]', HTMLButtonElement)
  #replace = one(this.element, '[data-replace]', HTMLButtonElement)
  #again = one(this.element, '[data-again]', HTMLButtonElement)
  #keepLine = one(this.element, '[data-keep-line]', HTMLElement)
  #keep = one(this.element, '[data-keep]', HTMLInputElement)
  #facts = one(this.element, '[data-facts]', HTMLElement)
  #words = one(this.element, '[data-words]', HTMLElement)
  #bar = one(this.element, '[data-bar]', HTMLProgressElement)
  #color

  /**
   * @param {Row} row
   * @param {import('./palette.js').Palette} palette
   * @param {Wishes} wishes
   */
  constructor(row, palette, wishes) {
    this.#color = new ColorMenu(one(this.element, '[data-color]', HTMLDetailsElement), palette, (color) => wishes.set({color}))
    const on = (/** @type {HTMLElement} */ element, /** @type {string} */ event, /** @type {() => void} */ action) => element.addEventListener(event, action)
    on(this.#name, 'input', () => wishes.set({name: this.#name.value}))
    on(this.#name, 'change', wishes.named)
    on(this.#solo, 'click', () => wishes.set({soloed: !pressed(this.#solo)}))
    on(this.#mute, 'click', () => wishes.set({muted: !pressed(this.#mute)}))
    on(this.#volume, 'input', () => wishes.set({volume: this.#volume.valueAsNumber}))
    on(this.#pan, 'input', () => wishes.set({pan: this.#pan.valueAsNumber}))
    on(this.#volume, 'dblclick', () => wishes.set({volume: 1}))
    on(this.#pan, 'dblclick', () => wishes.set({pan: 0}))
    on(this.#up, 'click', () => wishes.move(-1))
    on(this.#down, 'click', () => wishes.move(1))
    on(this.#keep, 'change', () => wishes.keep(this.#keep.checked))
    on(this.#again, 'click', wishes.again)
    // The next row comes under the pointer, and under the key: one press takes one.
    this.#remove.addEventListener('click', (event) => event.detail < 2 && wishes.remove())
    this.#remove.addEventListener('keydown', (event) => event.repeat && event.key === 'Enter' && event.preventDefault())
    if (wishes.replace) on(this.#replace, 'click', wishes.replace)
    this.#replace.hidden = !wishes.replace
    one(this.element, '[data-grip]', HTMLElement).addEventListener('pointerdown', wishes.drag)
    this.element.addEventListener('keydown', (event) => {
      const by = {ArrowUp: -1, ArrowDown: 1}[event.key]
      if (!by || !event.altKey) return
      event.preventDefault()
      wishes.move(by)
    })
    this.show(row, {first: false, last: false})
  }

  /**
   * @param {Row} row
   * @param {{first: boolean, last: boolean}} place
   */
  show(row, {first, last}) {
    this.#showSettings(row)
    this.#showSound(row)
    for (const [button, off] of /** @type {const} */ ([[this.#up, first], [this.#down, last]])) {
      // A button that had focus keeps it at the end of the way: it says that there is no further.
      button.setAttribute('aria-disabled', String(off))
    }
  }

  /** Where something about it is to be put right: not on what takes it away. */
  focus() {
    if (this.#again.hidden) this.#name.focus()
    else this.#again.focus()
  }

  /** After the row beside it was taken away. */
  focusRemove() {
    this.#remove.focus()
  }

  /** @param {Row} row */
  #showSettings(row) {
    const {name, color, muted, soloed, volume, pan} = row
    if (this.#name.value !== name) this.#name.value = name
    this.#color.show(color, name)
    this.#solo.setAttribute('aria-pressed', String(soloed))
    this.#mute.setAttribute('aria-pressed', String(muted))
    this.#volume.valueAsNumber = volume
    this.#volume.style.setProperty('--part', String(volume / 2))
    this.#volume.setAttribute('aria-valuetext', percent(volume))
    this.#pan.valueAsNumber = pan
    this.#pan.setAttribute('aria-valuetext', panWords(pan))
    if (this.#group.getAttribute('aria-label') === name) return
    this.#group.setAttribute('aria-label', name)
    for (const [element, label] of /** @type {[HTMLElement, string][]} */ ([
      [this.#solo, gettext('Start with %(name)s solo')],
      [this.#mute, gettext('Start with %(name)s muted')],
      [this.#volume, gettext('Volume of %(name)s')],
      [this.#pan, gettext('Pan of %(name)s')],
      [this.#up, gettext('Move %(name)s up')],
      [this.#down, gettext('Move %(name)s down')],
      [this.#remove, gettext('Remove %(name)s')],
      [this.#replace, gettext('Replace the sound of %(name)s')],
    ])) {
      const words = interpolate(label, {name})
      element.setAttribute('aria-label', words)
      element.title = words
    }
  }

  /** @param {Row} row */
  #showSound({sound, name}) {
    const {tone, words, facts, progress, mayKeep, mayRetry} = verdict(sound)
    if (tone === 'bad' && this.element.dataset.tone === 'busy') say(`${name}: ${words}`)
    this.element.dataset.tone = tone
    this.#facts.textContent = facts.join(' · ')
    if (this.#words.textContent !== words) this.#words.textContent = words
    this.#bar.hidden = progress === null
    this.#bar.value = progress ?? 0
    this.#bar.setAttribute('aria-label', interpolate(gettext('Upload of %(name)s'), {name}))
    this.#keepLine.hidden = !mayKeep
    this.#keep.checked = sound.kind === 'link' && sound.keep
    const hadFocus = document.activeElement === this.#again
    this.#again.hidden = !mayRetry
    if (hadFocus && !mayRetry) this.focus()
  }
}

/** @param {Element} button */
const pressed = (button) => button.getAttribute('aria-pressed') === 'true'

/** @param {number} volume */
const percent = (volume) => `${Math.round(volume * 100)} %`

/** @param {number} pan */
function panWords(pan) {
  const part = Math.round(Math.abs(pan) * 100)
  if (part === 0) return gettext('middle')
  return interpolate(pan < 0 ? gettext('%(part)s %% left') : gettext('%(part)s %% right'), {part}).replace('%%', '%')
}

/** @import {Scope} from '../core/scope.js' */
/** @import {Mix} from '../state/mix.js' */
/** @import {Quality} from '../sources/rendition.js' */
import {Emitter} from '../core/emitter.js'
import {words} from '../words.js'
import {el, setSlider, slider, text} from './dom.js'
import {panelWords} from './panel-words.js'
import {Popover} from './popover.js'

/**
 * What is needed now and then: mix, link, sound, help.
 * @extends {Emitter<{copy: void, help: void, download: void, quality: Quality}>}
 */
export class Menu extends Emitter {
  /** @readonly */
  popover
  #mix
  #master = slider('', words.master, {min: 0, max: 1.5, step: 0.01})
  #masterValue = el('output')
  #exclusive = el('input', {type: 'checkbox'})
  #quality = el('select', {}, ...Object.entries(panelWords.qualities).map(([value, label]) => el('option', {value}, label)))
  #qualityRow
  #download
  #copy

  /**
   * @param {HTMLButtonElement} opener
   * @param {Mix} mix
   * @param {Scope} scope
   */
  constructor(opener, mix, scope) {
    super()
    this.#mix = mix
    this.popover = new Popover(opener, scope, words.more)
    this.element = this.popover.element
    /** @param {string} label @param {() => void} action */
    const item = (label, action) => {
      const button = el('button', {type: 'button', className: 'pl-item'}, label)
      scope.listen(button, 'click', () => {
        this.popover.toggle(false)
        opener.focus()
        action()
      })
      return button
    }
    this.#qualityRow = el('label', {className: 'pl-item', hidden: true}, panelWords.quality, this.#quality)
    this.#download = item(panelWords.download, () => this.emit('download', undefined))
    this.#copy = item(panelWords.copyLink, () => this.emit('copy', undefined))
    this.element.append(
      el('label', {className: 'pl-item pl-narrow'}, words.master, this.#master, this.#masterValue),
      el('label', {className: 'pl-item'}, this.#exclusive, panelWords.exclusive),
      item(panelWords.resetMix, () => mix.reset()),
      this.#copy,
      this.#download,
      this.#qualityRow,
      item(panelWords.help, () => this.emit('help', undefined)),
    )
    scope.listen(this.#master, 'input', () => mix.setMaster(this.#master.valueAsNumber))
    mix.on('change', () => this.#showMaster())
    this.#showMaster()
    scope.listen(this.#exclusive, 'change', () => mix.setExclusive(this.#exclusive.checked))
    scope.listen(this.#quality, 'change', () => this.emit('quality', /** @type {Quality} */ (this.#quality.value)))
  }

  #showMaster() {
    const {master} = this.#mix
    setSlider(this.#master, master, words.percent(master))
    text(this.#masterValue, words.percent(master))
  }

  /**
   * @param {boolean} choice whether there is more than one rendition
   * @param {Quality} quality
   * @param {boolean} files whether there is something to download
   * @param {boolean} shared whether there is a link: not of a draft
   */
  show(choice, quality, files, shared) {
    this.#download.hidden = !files
    this.#copy.hidden = !shared
    this.#exclusive.checked = this.#mix.exclusive
    this.#qualityRow.hidden = !choice
    this.#quality.value = quality
  }
}

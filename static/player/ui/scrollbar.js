/** @import {Frames} from '../core/frames.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {View} from '../draw/view.js' */
import {Emitter} from '../core/emitter.js'
import {View as Geometry} from '../draw/view.js'
import {attribute, el} from './dom.js'
import {panelWords} from './panel-words.js'
import {loadStyle} from './style.js'

/**
 * @param {Scope} scope
 * @param {HTMLElement} element its place
 */
export async function openScrollbar(scope, element) {
  await loadStyle(element, 'scrollbar.css')
  return new Scrollbar(scope, element)
}

/**
 * Shows which part of a long song is seen, and moves it.
 * @extends {Emitter<{scroll: Frames}>}
 */
export class Scrollbar extends Emitter {
  #view = new Geometry(1, 1)
  #thumb = el('div', {className: 'pl-thumb'})

  /**
   * @param {Scope} scope
   * @param {HTMLElement} element its place
   */
  constructor(scope, element) {
    super()
    this.element = element
    const named = {role: 'slider', 'aria-label': panelWords.scroll, 'aria-valuemin': 0, 'aria-valuemax': 100}
    for (const [name, value] of Object.entries(named)) attribute(element, name, value)
    element.append(this.#thumb)
    scope.listen(this.element, 'pointerdown', (/** @type {PointerEvent} */ event) => {
      this.element.setPointerCapture(event.pointerId)
      this.#toPointer(event)
    })
    scope.listen(this.element, 'pointermove', (/** @type {PointerEvent} */ event) => {
      if (this.element.hasPointerCapture(event.pointerId)) this.#toPointer(event)
    })
    scope.listen(this.element, 'keydown', (/** @type {KeyboardEvent} */ event) => {
      const step = {ArrowLeft: -0.25, ArrowRight: 0.25, PageUp: -1, PageDown: 1}[event.key]
      if (!step) return
      event.preventDefault()
      event.stopPropagation()
      this.emit('scroll', this.#view.start + step * this.#view.span)
    })
  }

  /** @param {View} view */
  show(view) {
    this.#view = view
    this.element.classList.toggle('pl-idle', view.zoom <= 1)
    this.element.tabIndex = view.zoom <= 1 ? -1 : 0
    this.#thumb.style.insetInlineStart = `${(100 * view.start) / view.frames}%`
    this.#thumb.style.inlineSize = `${(100 * view.span) / view.frames}%`
    attribute(this.element, 'aria-valuenow', Math.round((100 * view.start) / view.frames))
    attribute(this.element, 'aria-hidden', view.zoom <= 1)
  }

  /** @param {PointerEvent} event */
  #toPointer(event) {
    const box = this.element.getBoundingClientRect()
    const part = (event.clientX - box.left) / box.width
    this.emit('scroll', part * this.#view.frames - this.#view.span / 2)
  }
}

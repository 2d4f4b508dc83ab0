/** @import {View} from '../draw/view.js' */
import {formatTime, toSeconds} from '../core/frames.js'
import {el, text} from './dom.js'
import {loadStyle} from './style.js'

/** Seconds that so many pixels show are told with tenths. */
const TENTHS = 50

/** @param {HTMLElement} overlay as wide as the time axis */
export async function openHover(overlay) {
  await loadStyle(overlay, 'hover.css')
  return new Hover(overlay)
}

/** The time under a mouse: a line through all lanes, and a label. Decoration: whoever hears the page has the slider. */
class Hover {
  #line = el('div', {className: 'pl-hover-line'})
  #label = el('div', {className: 'pl-hover-time'})
  #element = el('div', {className: 'pl-hover', 'aria-hidden': 'true', hidden: true}, this.#label, this.#line)

  /** @param {HTMLElement} overlay */
  constructor(overlay) {
    overlay.append(this.#element)
  }

  /**
   * @param {number|null} x pixels; null hides it
   * @param {View} view
   * @param {number} rate frames per second
   */
  show(x, view, rate) {
    this.#element.hidden = x === null
    if (x === null) return
    const decimals = view.framesPerPixel * TENTHS < rate ? 1 : 0
    text(this.#label, formatTime(toSeconds(view.frame(x), rate), decimals))
    this.#line.style.transform = `translateX(${x}px)`
    // It lags behind by the part of its width that the line has gone of the axis: so it stays inside without being measured.
    this.#label.style.transform = `translateX(${x}px) translateX(${(-100 * x) / view.width}%)`
  }
}

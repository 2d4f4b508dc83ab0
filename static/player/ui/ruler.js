/** @import {Frames} from '../core/frames.js' */
/** @import {View} from '../draw/view.js' */
import {toSeconds} from '../core/frames.js'
import {ticks} from '../draw/view.js'
import {words} from '../words.js'
import {attribute, el, fit} from './dom.js'

/** The time line above the lanes, and the slider that everybody can seek with. */
export class Ruler {
  #canvas = el('canvas', {'aria-hidden': 'true'})
  #rate = 1

  constructor() {
    this.element = el('div', {
      className: 'pl-ruler',
      role: 'slider',
      tabIndex: 0,
      'aria-label': words.position,
      'aria-valuemin': 0,
    }, this.#canvas)
  }

  /**
   * @param {Frames} frame
   * @param {Frames} frames
   * @param {number} rate
   */
  show(frame, frames, rate) {
    this.#rate = rate
    const [now, all] = [toSeconds(frame, rate), toSeconds(frames, rate)]
    attribute(this.element, 'aria-valuemax', Math.floor(all))
    attribute(this.element, 'aria-valuenow', Math.floor(now))
    attribute(this.element, 'aria-valuetext', words.spokenPosition(words.spokenTime(now), words.spokenTime(all)))
  }

  /**
   * @param {View} view
   * @param {Frames} available up to which there is sound
   */
  draw(view, available) {
    const {clientWidth, clientHeight} = this.element
    const {pen, width, height, ratio} = fit(this.#canvas, clientWidth, clientHeight)
    if (view.frames < 2) return // of an unknown length
    const style = getComputedStyle(this.element)
    const from = toSeconds(view.start, this.#rate)
    const to = toSeconds(view.start + view.span, this.#rate)
    pen.font = `${11 * ratio}px ${style.fontFamily}`
    pen.textBaseline = 'middle'
    pen.fillStyle = style.color
    for (const {seconds, label} of ticks(from, to, clientWidth)) {
      const x = Math.round(view.x(seconds * this.#rate) * ratio)
      pen.globalAlpha = 0.5
      pen.fillRect(x, Math.round(height * 0.6), Math.max(1, Math.round(ratio)), height)
      pen.globalAlpha = 1
      if (x + pen.measureText(label).width + 8 * ratio < width) pen.fillText(label, x + 5 * ratio, height / 2)
    }
    const end = view.x(available) * ratio
    if (available >= view.frames) return
    pen.fillStyle = style.getPropertyValue('--accent')
    pen.fillRect(0, height - 2 * ratio, Math.max(0, Math.min(width, end)), 2 * ratio)
  }
}

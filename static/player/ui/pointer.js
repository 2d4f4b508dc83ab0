/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {clamp} from '../core/frames.js'

/** A pointer that moved less has clicked. */
const SLOP = 4

/**
 * Understands what a pointer wants on the time axis: seek on the waveforms, select on the ruler (or with Shift),
 * zoom with two fingers, or, being a mouse, look (null: elsewhere). Speaks in pixels from the start of the axis.
 * @extends {Emitter<{hover: number|null, hold: number|null, seek: number, select: [number, number], selected: void, pinch: {factor: number, x: number}}>}
 */
export class Pointer extends Emitter {
  #axis
  /** @type {Map<number, number>} fingers that are down, with their place */
  #down = new Map()
  /** @type {{x: number, selecting: boolean, moved: boolean}|null} */
  #drag = null

  /**
   * @param {Scope} scope
   * @param {HTMLElement} surface
   * @param {HTMLElement} axis the ruler
   */
  constructor(scope, surface, axis) {
    super()
    this.#axis = axis
    scope.listen(surface, 'pointerdown', (/** @type {PointerEvent} */ event) => this.#press(event))
    scope.listen(surface, 'pointermove', (/** @type {PointerEvent} */ event) => this.#move(event))
    scope.listen(surface, 'pointerleave', () => this.emit('hover', null))
    scope.listen(surface, 'pointerup', (/** @type {PointerEvent} */ event) => this.#release(event, true))
    scope.listen(surface, 'pointercancel', (/** @type {PointerEvent} */ event) => this.#release(event, false))
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const target = /** @type {Element} */ (event.target)
    if (event.button !== 0 || !this.#means(target)) return
    const x = this.#x(event)
    this.#down.set(event.pointerId, x)
    target.setPointerCapture?.(event.pointerId)
    if (this.#down.size > 1) {
      this.#drag = null
      this.emit('hold', null)
      return
    }
    this.#drag = {x, selecting: this.#axis.contains(target) || event.shiftKey, moved: false}
    if (!this.#drag.selecting) this.emit('hold', x)
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerType === 'mouse') this.emit('hover', this.#means(/** @type {Element} */ (event.target)) ? this.#x(event) : null)
    const before = this.#down.get(event.pointerId)
    if (before === undefined) return
    const x = this.#x(event)
    if (this.#down.size === 2) {
      const other = /** @type {number} */ ([...this.#down].find(([id]) => id !== event.pointerId)?.[1])
      const [was, is] = [Math.abs(before - other), Math.abs(x - other)]
      if (was > SLOP && is > SLOP) this.emit('pinch', {factor: is / was, x: (x + other) / 2})
    }
    this.#down.set(event.pointerId, x)
    if (!this.#drag) return
    if (Math.abs(x - this.#drag.x) > SLOP) this.#drag.moved = true
    if (!this.#drag.moved) return
    if (this.#drag.selecting) this.emit('select', [Math.min(x, this.#drag.x), Math.max(x, this.#drag.x)])
    else this.emit('hold', x)
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} meant false when the browser took the gesture, to scroll
   */
  #release(event, meant) {
    if (!this.#down.delete(event.pointerId)) return
    const drag = this.#drag
    this.#drag = null
    this.emit('hold', null)
    if (!drag) return
    if (drag.selecting && drag.moved) this.emit('selected', undefined)
    else if (meant) this.emit('seek', this.#x(event))
  }

  /** @param {Element} target whether it stands for a time */
  #means(target) {
    return !target.closest('button') && (this.#axis.contains(target) || target.closest('.pl-wave') !== null)
  }

  /** @param {PointerEvent} event */
  #x(event) {
    const box = this.#axis.getBoundingClientRect()
    return clamp(event.clientX - box.left, 0, box.width)
  }
}

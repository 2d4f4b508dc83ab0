/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {clamp} from '../core/frames.js'

/** A pointer that moved less has clicked. */
const SLOP = 4

/**
 * Understands what a pointer wants on the time axis: seek on the waveforms, select on the ruler (or with Shift),
 * zoom with two fingers. Speaks in pixels from the start of the axis.
 * @extends {Emitter<{hold: number|null, seek: number, select: [number, number], selected: void, pinch: {factor: number, x: number}}>}
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
    scope.listen(surface, 'pointerup', (/** @type {PointerEvent} */ event) => this.#release(event, true))
    scope.listen(surface, 'pointercancel', (/** @type {PointerEvent} */ event) => this.#release(event, false))
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const target = /** @type {Element} */ (event.target)
    const onRuler = this.#axis.contains(target)
    if (event.button !== 0 || target.closest('button') || (!onRuler && !target.closest('.pl-wave'))) return
    const x = this.#x(event)
    this.#down.set(event.pointerId, x)
    target.setPointerCapture?.(event.pointerId)
    if (this.#down.size > 1) {
      this.#drag = null
      this.emit('hold', null)
      return
    }
    this.#drag = {x, selecting: onRuler || event.shiftKey, moved: false}
    if (!this.#drag.selecting) this.emit('hold', x)
  }

  /** @param {PointerEvent} event */
  #move(event) {
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

  /** @param {PointerEvent} event */
  #x(event) {
    const box = this.#axis.getBoundingClientRect()
    return clamp(event.clientX - box.left, 0, box.width)
  }
}

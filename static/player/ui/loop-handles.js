/** @import {Frames} from '../core/frames.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {View} from '../draw/view.js' */
/** @import {LoopRegion} from './loop-region.js' */
import {clamp, toFrames, toSeconds} from '../core/frames.js'
import {words} from '../words.js'
import {attribute, el} from './dom.js'
import {panelWords} from './panel-words.js'
import {loadStyle} from './style.js'

/**
 * @param {LoopRegion} region
 * @param {Scope} scope
 */
export async function openHandles(region, scope) {
  await loadStyle(region.element, 'loop.css')
  return new LoopHandles(region, scope)
}

/** Shows a loop, with a handle at each end that can be dragged or moved by the arrow keys. */
export class LoopHandles {
  #region
  /** @type {View|null} */
  #view = null
  #band = el('div', {className: 'pl-loop-band'})
  #handles

  /**
   * @param {LoopRegion} region
   * @param {Scope} scope
   */
  constructor(region, scope) {
    this.#region = region
    this.#handles = [panelWords.loopStart, panelWords.loopEnd].map((label) =>
      el('div', {className: 'pl-loop-handle', role: 'slider', tabIndex: 0, 'aria-label': label, 'aria-valuemin': 0}),
    )
    region.element.append(this.#band, ...this.#handles)
    this.#handles.forEach((handle, index) => {
      const edge = index === 0 ? 'from' : 'to'
      scope.listen(handle, 'keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event, edge))
      scope.listen(handle, 'pointerdown', (/** @type {PointerEvent} */ event) => {
        event.stopPropagation()
        handle.setPointerCapture(event.pointerId)
      })
      scope.listen(handle, 'pointermove', (/** @type {PointerEvent} */ event) => {
        if (!handle.hasPointerCapture(event.pointerId) || !this.#view) return
        const box = region.element.getBoundingClientRect()
        this.#move(edge, this.#view.frame(event.clientX - box.left))
      })
      scope.listen(handle, 'pointerup', () => region.commit())
    })
  }

  /** @param {View} view */
  place(view) {
    this.#view = view
    const {loop, active, element, frames, rate} = this.#region
    element.classList.toggle('pl-off', !active)
    if (!loop) return
    const edges = [loop.from, loop.to]
    const [from, to] = edges.map((frame) => clamp(view.x(frame), -20, view.width + 20))
    this.#band.style.transform = `translateX(${from}px)`
    this.#band.style.width = `${Number(to) - Number(from)}px`
    this.#handles.forEach((handle, index) => {
      const frame = Number(edges[index])
      handle.style.transform = `translateX(${index ? to : from}px)`
      handle.hidden = frame < view.start || frame > view.start + view.span
      attribute(handle, 'aria-valuemax', Math.floor(toSeconds(frames, rate)))
      attribute(handle, 'aria-valuenow', toSeconds(frame, rate).toFixed(2))
      attribute(handle, 'aria-valuetext', words.spokenTime(toSeconds(frame, rate)))
    })
  }

  /**
   * @param {KeyboardEvent} event
   * @param {'from'|'to'} edge
   */
  #key(event, edge) {
    const step = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1}[event.key]
    const {loop, rate} = this.#region
    if (!step || !loop) return
    event.preventDefault()
    event.stopPropagation()
    this.#move(edge, loop[edge] + step * toFrames(event.shiftKey ? 1 : 0.1, rate))
    this.#region.commit()
  }

  /**
   * @param {'from'|'to'} edge
   * @param {Frames} frame
   */
  #move(edge, frame) {
    const {loop, shortest} = this.#region
    if (!loop) return
    const {from, to} = loop
    this.#region.preview(edge === 'from' ? {from: Math.min(frame, to - shortest), to} : {from, to: Math.max(frame, from + shortest)})
  }
}

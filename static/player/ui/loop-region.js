/** @import {Frames} from '../core/frames.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {View} from '../draw/view.js' */
/** @import {Loop} from '../engine/run.js' */
import {Emitter} from '../core/emitter.js'
import {clamp, toFrames, toSeconds} from '../core/frames.js'
import {words} from '../words.js'
import {attribute, el} from './dom.js'

/** Seconds that a loop is long at least. */
const SHORTEST = 0.25

/**
 * The part that is looped, with a handle at each end that can be dragged or moved by the arrow keys.
 * @extends {Emitter<{change: Loop, preview: void}>}
 */
export class LoopRegion extends Emitter {
  /** @type {Loop|null} */
  #loop = null
  #on = false
  #frames = 1
  #rate = 1
  /** @type {View|null} */
  #view = null
  #band = el('div', {className: 'pl-loop-band'})

  /** @param {Scope} scope */
  constructor(scope) {
    super()
    this.handles = [words.loopStart, words.loopEnd].map((label) =>
      el('div', {className: 'pl-loop-handle', role: 'slider', tabIndex: 0, 'aria-label': label, 'aria-valuemin': 0}),
    )
    this.element = el('div', {className: 'pl-loop', hidden: true}, this.#band, ...this.handles)
    this.handles.forEach((handle, index) => {
      const edge = index === 0 ? 'from' : 'to'
      scope.listen(handle, 'keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event, edge))
      scope.listen(handle, 'pointerdown', (/** @type {PointerEvent} */ event) => {
        event.stopPropagation()
        handle.setPointerCapture(event.pointerId)
      })
      scope.listen(handle, 'pointermove', (/** @type {PointerEvent} */ event) => {
        if (!handle.hasPointerCapture(event.pointerId) || !this.#view) return
        const box = this.element.getBoundingClientRect()
        this.#move(edge, this.#view.frame(event.clientX - box.left))
      })
      scope.listen(handle, 'pointerup', () => this.commit())
    })
  }

  /**
   * @param {Frames} frames
   * @param {number} rate
   */
  setSong(frames, rate) {
    this.#frames = frames
    this.#rate = rate
  }

  /** @returns {Loop|null} */
  get value() {
    return this.#loop
  }

  /**
   * @param {Loop|null} loop
   * @param {boolean} on
   */
  show(loop, on) {
    this.#loop = loop && this.fitted(loop)
    this.#on = on
    this.emit('preview', undefined)
  }

  /** @param {Loop} loop while it is being dragged */
  preview(loop) {
    this.#loop = this.fitted(loop)
    this.#on = true
    this.emit('preview', undefined)
  }

  /** The drag is over. */
  commit() {
    if (this.#loop) this.emit('change', this.#loop)
  }

  /**
   * @param {Loop} loop
   * @returns {Loop} inside the song and not too short
   */
  fitted({from, to}) {
    const shortest = Math.min(this.#frames, toFrames(SHORTEST, this.#rate))
    const start = clamp(Math.round(from), 0, this.#frames - shortest)
    return {from: start, to: clamp(Math.round(to), start + shortest, this.#frames)}
  }

  /** @param {View} view */
  place(view) {
    this.#view = view
    const loop = this.#loop
    this.element.hidden = !loop
    this.element.classList.toggle('pl-off', !this.#on)
    if (!loop) return
    const edges = [loop.from, loop.to]
    const [from, to] = edges.map((frame) => clamp(view.x(frame), -20, view.width + 20))
    this.#band.style.transform = `translateX(${from}px)`
    this.#band.style.width = `${Number(to) - Number(from)}px`
    this.handles.forEach((handle, index) => {
      const frame = Number(edges[index])
      handle.style.transform = `translateX(${index ? to : from}px)`
      handle.hidden = frame < view.start || frame > view.start + view.span
      attribute(handle, 'aria-valuemax', Math.floor(toSeconds(this.#frames, this.#rate)))
      attribute(handle, 'aria-valuenow', toSeconds(frame, this.#rate).toFixed(2))
      attribute(handle, 'aria-valuetext', words.spokenTime(toSeconds(frame, this.#rate)))
    })
  }

  /**
   * @param {KeyboardEvent} event
   * @param {'from'|'to'} edge
   */
  #key(event, edge) {
    const step = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1}[event.key]
    if (!step || !this.#loop) return
    event.preventDefault()
    event.stopPropagation()
    this.#move(edge, this.#loop[edge] + step * toFrames(event.shiftKey ? 1 : 0.1, this.#rate))
    this.commit()
  }

  /**
   * @param {'from'|'to'} edge
   * @param {Frames} frame
   */
  #move(edge, frame) {
    if (!this.#loop) return
    const shortest = toFrames(SHORTEST, this.#rate)
    const {from, to} = this.#loop
    this.preview(edge === 'from' ? {from: Math.min(frame, to - shortest), to} : {from, to: Math.max(frame, from + shortest)})
  }
}

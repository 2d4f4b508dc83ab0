/** @import {Frames} from '../core/frames.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {View} from '../draw/view.js' */
/** @import {Loop} from '../engine/run.js' */
import {Emitter} from '../core/emitter.js'
import {clamp, toFrames} from '../core/frames.js'
import {el} from './dom.js'

/** Seconds that a loop is long at least. */
const SHORTEST = 0.25

/**
 * The part that is looped. What it is seen and taken by is fetched with the first loop.
 * @extends {Emitter<{change: Loop, preview: void}>}
 */
export class LoopRegion extends Emitter {
  element = el('div', {className: 'pl-loop', hidden: true})
  /** @type {Loop|null} */
  loop = null
  active = false
  frames = 1
  rate = 1
  #scope
  /** @type {import('./loop-handles.js').LoopHandles|null} */
  #handles = null
  #asked = false

  /** @param {Scope} scope */
  constructor(scope) {
    super()
    this.#scope = scope
  }

  /**
   * @param {Frames} frames
   * @param {number} rate
   */
  setSong(frames, rate) {
    this.frames = frames
    this.rate = rate
  }

  /** Frames that a loop is long at least. */
  get shortest() {
    return Math.min(this.frames, toFrames(SHORTEST, this.rate))
  }

  /**
   * @param {Loop|null} loop
   * @param {boolean} on
   */
  show(loop, on) {
    this.loop = loop && this.fitted(loop)
    this.active = on
    this.emit('preview', undefined)
  }

  /** @param {Loop} loop while it is being dragged */
  preview(loop) {
    this.show(loop, true)
  }

  /** The drag is over. */
  commit() {
    if (this.loop) this.emit('change', this.loop)
  }

  /**
   * @param {Loop} loop
   * @returns {Loop} inside the song and not too short
   */
  fitted({from, to}) {
    const start = clamp(Math.round(from), 0, this.frames - this.shortest)
    return {from: start, to: clamp(Math.round(to), start + this.shortest, this.frames)}
  }

  /** @param {View} view */
  place(view) {
    this.element.hidden = !this.loop
    this.#handles?.place(view)
    if (!this.loop || this.#asked) return
    this.#asked = true
    import('./loop-handles.js')
      .then(({openHandles}) => openHandles(this, this.#scope))
      .then((handles) => {
        this.#handles = handles
        this.emit('preview', undefined)
      })
      .catch(() => this.#scope.timeout(() => (this.#asked = false), 2_000)) // it loops unseen until then
  }
}

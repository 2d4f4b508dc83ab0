/** @import {Frames} from '../core/frames.js' */

/**
 * @typedef {object} Loop
 * @property {Frames} from
 * @property {Frames} to first frame that isn't heard any more
 *
 * @typedef {object} Piece one stretch of the song inside one segment
 * @property {Frames} elapsed where it starts, counted from the start of the run
 * @property {number} segment
 * @property {Frames} offset of its first frame inside the segment
 * @property {Frames} frames
 */

/**
 * One uninterrupted stretch of playing: the time anchor. Immutable, knows no audio.
 *
 * `elapsed` counts song frames played since the anchor and never jumps; the place in the song does, in a loop.
 * At speed 1 everything here is an integer.
 */
export class Run {
  /**
   * @param {object} anchor
   * @param {number} anchor.at context frame at which frame `from` of the song sounds
   * @param {Frames} anchor.from
   * @param {Frames} anchor.end length of the song
   * @param {Loop|null} [anchor.loop]
   * @param {number} [anchor.speed] song frames per context frame
   */
  constructor({at, from, end, loop = null, speed = 1}) {
    this.at = at
    this.from = from
    this.end = end
    this.speed = speed
    /** A loop that is already behind doesn't catch the playhead. */
    this.loop = loop && from < loop.to ? loop : null
  }

  /** Frames that this run can play: without end in a loop. */
  get length() {
    return this.loop ? Infinity : this.end - this.from
  }

  /** @param {number} contextFrame */
  elapsed(contextFrame) {
    return Math.max(0, Math.min(this.length, Math.floor((contextFrame - this.at) * this.speed)))
  }

  /** @param {Frames} elapsed */
  contextFrame(elapsed) {
    return this.at + elapsed / this.speed
  }

  /**
   * @param {Frames} elapsed
   * @returns {Frames} the place in the song
   */
  position(elapsed) {
    const straight = this.from + elapsed
    if (!this.loop || straight < this.loop.to) return Math.min(straight, this.end)
    const {from, to} = this.loop
    return from + ((straight - to) % (to - from))
  }

  /**
   * @param {Frames} elapsed
   * @param {Frames} grid length of a segment
   * @returns {Piece|null} what sounds from `elapsed` on, up to the next boundary; null at the end
   */
  piece(elapsed, grid) {
    if (elapsed >= this.length) return null
    const position = this.position(elapsed)
    const segment = Math.floor(position / grid)
    const offset = position - segment * grid
    const stop = Math.min((segment + 1) * grid, this.loop ? this.loop.to : this.end)
    return {elapsed, segment, offset, frames: stop - position}
  }

  /**
   * The segments that `frames` of playing from `elapsed` on need, in the order in which they are needed.
   * @param {Frames} elapsed
   * @param {Frames} frames
   * @param {Frames} grid
   */
  segments(elapsed, frames, grid) {
    /** @type {Set<number>} */
    const needed = new Set()
    const until = elapsed + frames
    let piece = this.piece(elapsed, grid)
    while (piece && piece.elapsed < until) {
      needed.add(piece.segment)
      piece = this.piece(piece.elapsed + piece.frames, grid)
    }
    return [...needed]
  }

  /**
   * The same sound from here on, with another loop, or to another end.
   * @param {Frames} elapsed
   * @param {Loop|null} loop
   * @param {Frames} [end]
   * @returns {{run: Run, same: Frames}} `same`: for how many frames of the new run both agree
   */
  bent(elapsed, loop, end = this.end) {
    const from = this.position(elapsed)
    const before = new Run({at: 0, from, end: this.end, loop: this.loop})
    const run = new Run({at: this.contextFrame(elapsed), from, end, loop, speed: this.speed})
    const turns = [before, run].map((each) => (each.loop ? each.loop.to - from : each.end - from))
    return {run, same: Math.min(...turns)}
  }
}

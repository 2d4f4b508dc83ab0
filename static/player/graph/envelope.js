/** @import {Frames} from '../core/frames.js' */

/**
 * Moves one AudioParam along straight lines and knows its value at every frame, so that a ramp can be broken off
 * and bent anywhere without a step (`cancelAndHoldAtTime` isn't everywhere).
 */
export class Envelope {
  /** @type {AudioParam} */
  #param
  #rate
  /** @type {{frame: number, value: number}[]} corners, in order of time */
  #corners

  /**
   * @param {AudioParam} param
   * @param {number} rate frames per second
   * @param {number} value from which it starts
   */
  constructor(param, rate, value) {
    this.#param = param
    this.#rate = rate
    this.#corners = [{frame: 0, value}]
    param.value = value
    param.setValueAtTime(value, 0)
  }

  /** Where it will end up. */
  get target() {
    return /** @type {{value: number}} */ (this.#corners.at(-1)).value
  }

  /** @param {number} frame */
  at(frame) {
    const next = this.#corners.findIndex((corner) => corner.frame > frame)
    if (next === -1) return this.target
    const to = /** @type {{frame: number, value: number}} */ (this.#corners[next])
    const from = this.#corners[next - 1]
    if (!from) return to.value
    return from.value + ((to.value - from.value) * (frame - from.frame)) / (to.frame - from.frame)
  }

  /**
   * Forgets what was planned after `frame` and holds the value that it has there.
   * @param {number} frame
   */
  hold(frame) {
    const value = this.at(frame)
    const before = this.#corners.filter((corner) => corner.frame < frame)
    this.#param.cancelScheduledValues(frame / this.#rate)
    this.#param.linearRampToValueAtTime(value, frame / this.#rate)
    this.#corners = [...before.slice(-4), {frame, value}]
  }

  /**
   * Is certainly at its target just after `frame`. A browser doesn't work on a gain through which nothing sounds, and
   * a ramp that ended meanwhile can stay where the silence began (seen in Chromium 156) until a new corner comes.
   * @param {number} frame
   */
  settle(frame) {
    this.ramp(this.target, frame, 1)
  }

  /**
   * Stays as it is until `frame`, then goes straight to `value`.
   * @param {number} value
   * @param {number} frame
   * @param {Frames} length
   */
  ramp(value, frame, length) {
    this.hold(frame)
    this.#param.linearRampToValueAtTime(value, (frame + length) / this.#rate)
    this.#corners.push({frame: frame + length, value})
  }
}

/** @import {Frames} from '../../core/frames.js' */

/** Zero crossings of the kernel on each side, and the shape of its window: 90 dB below, flat up to 0.92 of half the rate. */
const CROSSINGS = 32
const BETA = 9
const CUTOFF = 0.96

/**
 * Brings sound from one rate to another. Each frame of the output is a weighted sum of frames around its place in the input,
 * counted from the start of the file: without a state, so that what is computed piece by piece meets exactly.
 * A windowed sinc in polyphase form (J. O. Smith, Digital Audio Resampling).
 */
export class Resampler {
  #up
  #down
  #half
  /** @type {Map<number, Float32Array>} weights for each place between two frames of the input */
  #phases = new Map()

  /**
   * @param {number} from frames per second
   * @param {number} to
   */
  constructor(from, to) {
    const divisor = greatestCommon(from, to)
    this.#up = to / divisor
    this.#down = from / divisor
    this.#half = Math.ceil(CROSSINGS * Math.max(1, from / to))
  }

  /**
   * What is needed of the input for a piece of the output.
   * @param {Frames} at
   * @param {Frames} frames
   * @returns {{from: Frames, frames: Frames}} may begin before the file and end after it: silence there
   */
  needs(at, frames) {
    const first = Math.floor((at * this.#down) / this.#up)
    const last = Math.floor(((at + frames - 1) * this.#down) / this.#up)
    return {from: first - this.#half + 1, frames: last - first + 2 * this.#half}
  }

  /**
   * @param {Float32Array} input what `needs` said
   * @param {Frames} at
   * @param {Float32Array} output is filled
   */
  fill(input, at, output) {
    const [up, down, half] = [this.#up, this.#down, this.#half]
    const start = Math.floor((at * down) / up)
    for (let index = 0; index < output.length; index += 1) {
      const place = (at + index) * down
      const whole = Math.floor(place / up)
      const weights = this.#weights(place - whole * up)
      const offset = whole - start
      let sum = 0
      for (let tap = 0; tap < 2 * half; tap += 1) {
        sum += /** @type {number} */ (input[offset + tap]) * /** @type {number} */ (weights[tap])
      }
      output[index] = sum
    }
  }

  /** @param {number} phase in parts of `up` */
  #weights(phase) {
    const known = this.#phases.get(phase)
    if (known) return known
    const half = this.#half
    const cutoff = CUTOFF * Math.min(1, this.#up / this.#down)
    const weights = new Float32Array(2 * half)
    for (let tap = 0; tap < 2 * half; tap += 1) {
      const distance = tap - half + 1 - phase / this.#up
      const sinc = distance === 0 ? cutoff : Math.sin(Math.PI * cutoff * distance) / (Math.PI * distance)
      weights[tap] = sinc * kaiser(distance / half)
    }
    // A constant stays what it is, whatever the phase.
    const sum = weights.reduce((total, weight) => total + weight, 0)
    this.#phases.set(phase, weights.map((weight) => weight / sum))
    return /** @type {Float32Array} */ (this.#phases.get(phase))
  }
}

/** @param {number} place -1 to 1 */
const kaiser = (place) => (Math.abs(place) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - place * place)) / bessel(BETA))

/** @param {number} x the modified Bessel function of order zero, by its series */
function bessel(x) {
  let [sum, term] = [1, 1]
  for (let index = 1; term > sum * 1e-12; index += 1) {
    term *= (x / (2 * index)) ** 2
    sum += term
  }
  return sum
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
const greatestCommon = (a, b) => (b === 0 ? a : greatestCommon(b, a % b))

/**
 * @typedef {object} Clock
 * @property {() => number} now integer context frame
 * @property {boolean} running whether it moves
 * @property {number} margin frames that a command needs to reach the sound in time
 */

/** Reads the clock of an audio context in frames. Reading never changes anything. */
export class ContextClock {
  #context

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context
  }

  now() {
    return Math.round(this.#context.currentTime * this.#context.sampleRate)
  }

  /** A context that says it runs has to have moved once: some start late. */
  get running() {
    return this.#context.state === 'running' && this.#context.currentTime > 0
  }

  get margin() {
    return Math.ceil(Math.max(0.01, this.#context.baseLatency || 0) * this.#context.sampleRate)
  }
}

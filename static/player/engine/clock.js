/**
 * @typedef {object} Clock
 * @property {() => number} now integer context frame
 * @property {() => number} heard the frame that leaves the loudspeaker now, not rounded
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

  /** Between the steps in which the context's own clock moves, the machine's clock tells. */
  heard() {
    const context = this.#context
    const {contextTime = 0, performanceTime = 0} = context.getOutputTimestamp?.() ?? {}
    if (!contextTime || !performanceTime) return this.now() - (context.outputLatency || 0) * context.sampleRate
    const since = Math.min(0.5, (performance.now() - performanceTime) / 1000)
    return Math.min((contextTime + since) * context.sampleRate, this.now())
  }

  /** A context that says it runs has to have moved once: some start late. */
  get running() {
    return this.#context.state === 'running' && this.#context.currentTime > 0
  }

  get margin() {
    return Math.ceil(Math.max(0.01, this.#context.baseLatency || 0) * this.#context.sampleRate)
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Envelope} from '../graph/envelope.js' */

/**
 * Opens and closes the mix without a click. While sound is scheduled only so far, the gate is already set to close
 * just before that edge; whoever schedules more moves it. So even a page whose timers sleep runs dry softly.
 */
export class Gate {
  #envelope
  #fade
  /** @type {number|null} where the gate will have closed */
  #closing = null

  /**
   * @param {Envelope} envelope of a gain that is 0 at first
   * @param {Frames} fade
   */
  constructor(envelope, fade) {
    this.#envelope = envelope
    this.#fade = fade
  }

  get fade() {
    return this.#fade
  }

  /** @param {number} frame from which on it opens */
  open(frame) {
    this.#closing = null
    this.#envelope.ramp(1, frame, this.#fade)
  }

  /** @param {number} frame at which it will be shut */
  shutAt(frame) {
    this.stayOpen()
    this.#envelope.ramp(0, frame - this.#fade, this.#fade)
    this.#closing = frame
  }

  /** Takes a planned closing back; the caller has made sure that it didn't begin. */
  stayOpen() {
    if (this.#closing !== null) this.#envelope.hold(this.#closing - this.#fade)
    this.#closing = null
  }

  /** @param {number} frame at which it begins to close, whatever was planned */
  close(frame) {
    this.#closing = null
    this.#envelope.ramp(0, frame, this.#fade)
  }
}

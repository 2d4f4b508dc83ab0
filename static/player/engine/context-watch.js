/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'

/** A context that says it runs while its clock stands still for so long is dead (iOS after a call, some drivers). */
const FROZEN = 2_500
const LOOK = 500

/**
 * Looks after one audio context while it should sound: asks it to go on when the system stopped it
 * (`suspended` and, on Apple's systems, `interrupted`), and reports when its clock is frozen.
 * @extends {Emitter<{state: void, frozen: void}>}
 */
export class ContextWatch extends Emitter {
  #context
  #wanted
  #lastTime = -1
  #movedAt = 0

  /**
   * @param {AudioContext} context
   * @param {Scope} scope
   * @param {() => boolean} wanted whether sound should be heard now
   */
  constructor(context, scope, wanted) {
    super()
    this.#context = context
    this.#wanted = wanted
    scope.listen(context, 'statechange', () => {
      this.#movedAt = performance.now()
      this.emit('state', undefined)
    })
    const wake = () => this.wake()
    scope.listen(document, 'visibilitychange', wake)
    scope.listen(globalThis, 'pageshow', wake)
    scope.listen(globalThis, 'focus', wake)
    scope.interval(() => this.#look(), LOOK)
  }

  /** Asks a context that was stopped by the system to go on; harmless otherwise. */
  wake() {
    if (!this.#wanted() || this.#context.state === 'running' || this.#context.state === 'closed') return
    this.#context.resume().catch(() => {})
  }

  #look() {
    const now = performance.now()
    const {currentTime, state} = this.#context
    if (currentTime !== this.#lastTime || state !== 'running' || !this.#wanted()) this.#movedAt = now
    this.#lastTime = currentTime
    if (now - this.#movedAt <= FROZEN) return
    this.#movedAt = now
    this.emit('frozen', undefined)
  }
}

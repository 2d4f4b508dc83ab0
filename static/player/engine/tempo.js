/** @import {Scope} from '../core/scope.js' */
/** @import {Mixer} from '../graph/mixer.js' */
/** @import {Stretch} from '../graph/stretch.js' */
/** @import {Transport} from './transport.js' */

/** Seconds of silence in which the stretch is put into the graph, and milliseconds after which that is done. */
const REST = 0.15
const SWAP_AFTER = 60

/** Speed and pitch of what is heard. At their neutral values there is nothing in the graph for them. */
export class Tempo {
  #transport
  #scope
  #value = {speed: 1, pitch: 0}
  /** @type {{context: BaseAudioContext, mixer: Mixer, stretch: Stretch|null, making: Promise<Stretch>|null}|null} */
  #live = null
  #on = false

  /**
   * @param {Transport} transport
   * @param {Scope} scope
   */
  constructor(transport, scope) {
    this.#transport = transport
    this.#scope = scope
  }

  get value() {
    return this.#value
  }

  /** Seconds by which the stretch is late. */
  get latency() {
    return this.#on ? (this.#live?.stretch?.latency ?? 0) : 0
  }

  /** @param {{speed: number, pitch: number}} value */
  async set(value) {
    this.#value = value
    try {
      await this.#apply()
    } catch (error) {
      this.#neutral() // which it was: without a stretch it is nothing else, however often a slider moved meanwhile
      throw error
    }
  }

  /**
   * Before anything sounds in this context.
   * @param {BaseAudioContext} context
   * @param {Mixer} mixer
   */
  async attach(context, mixer) {
    this.#live = {context, mixer, stretch: null, making: null}
    try {
      await this.#apply(true)
    } catch (error) {
      this.#neutral()
      throw error
    }
  }

  #neutral() {
    this.#value = {speed: 1, pitch: 0}
    this.#transport.setSpeed(1)
  }

  detach() {
    this.#live = null
    this.#on = false
  }

  /** @param {boolean} [silent] whether nothing sounds yet */
  async #apply(silent = false) {
    const live = this.#live
    const neutral = this.#value.speed === 1 && this.#value.pitch === 0
    if (live && !neutral && !live.stretch) {
      live.making ??= make(live.context) // one, however often a slider moves until it is there
      try {
        live.stretch = await live.making
      } catch (error) {
        live.making = null
        throw error
      }
    }
    if (live !== this.#live) return
    const {speed, pitch} = this.#value
    const on = speed !== 1 || pitch !== 0
    if (!live || on === this.#on) this.#transport.setSpeed(speed)
    if (!live) return
    live.stretch?.set(speed, pitch)
    if (on === this.#on) return
    this.#on = on
    this.#transport.setSpeed(speed, silent ? 0 : REST)
    const swap = () => {
      if (live === this.#live) live.mixer.setEffect(this.#on ? (live.stretch?.node ?? null) : null)
    }
    if (silent) swap()
    else this.#scope.timeout(swap, SWAP_AFTER)
  }
}

/** @param {BaseAudioContext} context */
async function make(context) {
  const {Stretch} = await import('../graph/stretch.js')
  return Stretch.create(context)
}

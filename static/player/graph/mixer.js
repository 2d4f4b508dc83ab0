import {Envelope} from './envelope.js'
import {Strip} from './strip.js'

const RAMP = 0.015

/**
 * @typedef {object} Levels what the mixer is told
 * @property {readonly {id: string, gain: number, pan: number}[]} stems `gain` with solo and mute worked in
 * @property {number} master
 */

/** Strips → gate → (effect) → master. Nothing in the way that isn't needed, and no compressor. */
export class Mixer {
  #context
  /** @type {Map<string, Strip>} */
  #strips = new Map()
  #sum
  #master
  /** @type {Envelope|null} */
  #masterGain = null
  /** @type {AudioNode|null} */
  #effect = null

  /**
   * @param {BaseAudioContext} context
   * @param {AudioNode} [destination]
   */
  constructor(context, destination = context.destination) {
    this.#context = context
    this.#sum = context.createGain()
    this.#master = context.createGain()
    /** Opens and closes everything: see Gate. */
    this.gate = new Envelope(this.#sum.gain, context.sampleRate, 0)
    this.#sum.connect(this.#master).connect(destination)
  }

  /** What is heard, for whoever wants to look at it. */
  get output() {
    return this.#master
  }

  /** @param {string} id */
  input(id) {
    const strip = this.#strips.get(id)
    if (!strip) throw new Error(`no strip for ${id}`)
    return strip.input
  }

  /**
   * What is new begins at its level; what is there moves to it.
   * @param {Levels} levels
   * @param {number} frame from which on they hold
   */
  apply({stems, master}, frame) {
    const ids = new Set(stems.map((stem) => stem.id))
    for (const [id, strip] of this.#strips) {
      if (ids.has(id)) continue
      strip.dispose()
      this.#strips.delete(id)
    }
    for (const stem of stems) {
      const strip = this.#strips.get(stem.id)
      if (!strip) {
        this.#strips.set(stem.id, new Strip(this.#context, this.#sum, stem))
        continue
      }
      strip.setGain(stem.gain, frame)
      strip.setPan(stem.pan, frame)
    }
    this.#masterGain ??= new Envelope(this.#master.gain, this.#context.sampleRate, master)
    if (master !== this.#masterGain.target) {
      this.#masterGain.ramp(master, frame, Math.round(RAMP * this.#context.sampleRate))
    }
  }

  /**
   * Puts one node between the gate and the master, or takes it out.
   * @param {AudioNode|null} effect
   */
  setEffect(effect) {
    if (effect === this.#effect) return
    this.#sum.disconnect()
    this.#effect?.disconnect()
    this.#effect = effect
    if (effect) this.#sum.connect(effect).connect(this.#master)
    else this.#sum.connect(this.#master)
  }

  /**
   * Makes sure that what was changed in silence holds when sound begins again.
   * @param {number} frame just after it begins
   */
  settle(frame) {
    for (const strip of this.#strips.values()) strip.settle(frame)
    this.#masterGain?.settle(frame)
  }

  /** @param {number} frame now */
  rest(frame) {
    for (const strip of this.#strips.values()) strip.rest(frame)
  }

  /** @param {string} id */
  level(id) {
    return this.#strips.get(id)?.level() ?? 0
  }

  dispose() {
    for (const strip of this.#strips.values()) strip.dispose()
    this.#strips.clear()
    this.#sum.disconnect()
    this.#effect?.disconnect()
    this.#master.disconnect()
  }
}

/** Where the library lies: its own file from npm, served by us, fetched only when somebody changes speed or pitch. */
const LIBRARY = new URL('../../vendor/signalsmith-stretch/SignalsmithStretch.mjs', import.meta.url).href

/**
 * @typedef {object} StretchNode what the library adds to an AudioNode
 * @property {(change: {active: boolean, semitones: number}) => Promise<unknown>} schedule
 * @property {() => Promise<number>} latency seconds
 */

/**
 * How far the mix has to be shifted so that it sounds at the wanted pitch when its sources play at `speed`.
 * @param {number} speed
 * @param {number} pitch semitones
 */
const shiftFor = (speed, pitch) => pitch - 12 * Math.log2(speed)

/**
 * Shifts the pitch of the mix. Sources play faster or slower, and one node on the mix puts the pitch back:
 * so stems stay on one clock, and solo and mute work as ever.
 */
export class Stretch {
  /**
   * @param {AudioNode & StretchNode} node
   * @param {number} latency seconds
   */
  constructor(node, latency) {
    this.node = node
    this.latency = latency
  }

  /** @param {BaseAudioContext} context */
  static async create(context) {
    const {default: make} = await import(LIBRARY)
    // Else it would make its worklet from a Blob, which the Content Security Policy refuses.
    make.moduleUrl = LIBRARY
    /** @type {AudioNode & StretchNode} */
    const node = await make(context)
    return new Stretch(node, await node.latency())
  }

  /**
   * @param {number} speed of the sources
   * @param {number} pitch that is wanted, semitones
   */
  set(speed, pitch) {
    void this.node.schedule({active: true, semitones: shiftFor(speed, pitch)})
  }
}

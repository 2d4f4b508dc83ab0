/** @import {Frames} from '../core/frames.js' */

/**
 * A piece of decoded sound on the player's grid.
 * @typedef {object} Block
 * @property {AudioBuffer|null} buffer null: silence
 * @property {Frames} lead frames of the buffer before the segment begins
 * @property {Frames} frames frames of the segment that sound; after them the stem is at its end
 *
 * Where the sound of one stem comes from. Kept stems come in segments; other kinds cut what they have to the same grid.
 * @typedef {object} Source
 * @property {string} id
 * @property {string} version another version is other sound: what was decoded before is of no use
 * @property {(segment: number) => boolean} has whether the segment exists by now
 * @property {(segment: number, signal: AbortSignal, early?: (part: Block) => void) => Promise<Block>} load throws a
 *   LoadError when it gives up; may hand `early` the beginning of the segment while the rest is on its way
 * @property {boolean} [readable] false: it can be heard at most, never had
 * @property {(cue: Cue) => void} [follow] of sound that plays beside the graph: told ten times a second what should be heard
 *
 * @typedef {object} Cue
 * @property {boolean} sounding
 * @property {number} at seconds into the song: what is heard now, or will be heard first
 * @property {number} speed
 * @property {number} gain linear
 */

/** What a stem has after its end. @type {Block} */
export const SILENCE = {buffer: null, lead: 0, frames: 0}

/**
 * Sound that couldn't be had. `code`: missing, damaged, unreachable; of hosted stems also refused (the host lets no other
 * page read it), large (somebody has to agree first), unsupported (not this way).
 */
export class LoadError extends Error {
  /**
   * @param {'missing'|'damaged'|'unreachable'|'refused'|'large'|'unsupported'} code
   * @param {string} [message]
   * @param {boolean} [lasting] it holds for all of the stem: nothing is tried again before somebody asks for it
   */
  constructor(code, message = code, lasting = false) {
    super(message)
    this.name = 'LoadError'
    this.code = code
    this.lasting = lasting
  }
}

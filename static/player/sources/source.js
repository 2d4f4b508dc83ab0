/** @import {Frames} from '../core/frames.js' */

/**
 * A piece of decoded sound on the player's grid.
 * @typedef {object} Block
 * @property {AudioBuffer} buffer
 * @property {Frames} lead frames of the buffer before the segment begins
 * @property {Frames} frames frames of the segment that are there
 *
 * Where the sound of one stem comes from. Kept stems come in segments; other kinds cut what they have to the same grid.
 * @typedef {object} Source
 * @property {string} id
 * @property {string} version another version is other sound: what was decoded before is of no use
 * @property {(segment: number) => boolean} has whether the segment exists by now
 * @property {(segment: number, signal: AbortSignal, early?: (part: Block) => void) => Promise<Block>} load throws a
 *   LoadError when it gives up; may hand `early` the beginning of the segment while the rest is on its way
 */

/** Sound that couldn't be had. `code`: missing, damaged, unreachable. */
export class LoadError extends Error {
  /**
   * @param {'missing'|'damaged'|'unreachable'} code
   * @param {string} [message]
   */
  constructor(code, message = code) {
    super(message)
    this.name = 'LoadError'
    this.code = code
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Block} from './source.js' */
/** @import {Decode} from './kept.js' */

/** What stands before the sound of every FLAC file: RFC 9639, section 8. */
const HEADER_BYTES = 42
const LONGEST_BLOCK_AT = 10

/**
 * The sound of a FLAC file of which only the beginning has arrived: exact to the bit, without the last block, which may
 * have been cut.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Frames} whole frames of the whole file
 * @param {Decode} decode
 * @returns {Promise<Block|null>} null where it can't be had so (Firefox refuses cut files): the whole is on its way
 */
export async function decodeBeginning(bytes, whole, decode) {
  if (bytes.length <= HEADER_BYTES) return null
  const longestBlock = new DataView(bytes.buffer).getUint16(LONGEST_BLOCK_AT)
  const buffer = await decode(bytes.buffer).catch(() => null)
  // As long as the whole is a browser that fills up with silence.
  if (!buffer || buffer.length >= whole || buffer.length <= longestBlock) return null
  return {buffer, lead: 0, frames: buffer.length - longestBlock}
}

/** @import {Frames} from '../../core/frames.js' */

/** What every MP3 decoder adds to what the encoder has added. */
const DECODER_DELAY = 529
const ID3_HEADER = 10
/** From the start of the tag to the two delays: its own fields, and the encoder's name and settings. */
const FLAGS = {frames: 1, bytes: 2, contents: 4, quality: 8}
const CONTENTS = 100
const TO_DELAYS = 21

/**
 * How much of a decoded MP3 isn't music. Its encoder has noted it in the first frame, which itself is none.
 * @typedef {object} Delay
 * @property {Frames} skip frames at the beginning
 * @property {Frames|null} frames of music, if they are noted
 */

/**
 * Where the first frame begins: after the tags.
 * @param {Uint8Array} start of the file, ten bytes
 */
export function firstFrame(start) {
  if (String.fromCharCode(...start.subarray(0, 3)) !== 'ID3') return 0
  const size = start.subarray(6, ID3_HEADER).reduce((sum, byte) => sum * 128 + (byte & 127), 0)
  return ID3_HEADER + size
}

/**
 * @param {Uint8Array} start what comes after the tags
 * @returns {Delay|null} null where nothing is noted
 */
export function readDelay(start) {
  const frame = start.subarray(Math.max(0, start.findIndex((byte, index) => byte === 0xff && Number(start[index + 1]) >= 0xe0)))
  const text = String.fromCharCode(...frame.subarray(0, 64))
  const at = Math.max(text.indexOf('Xing'), text.indexOf('Info'))
  if (at < 0 || frame.length < at + 8 + 4 + 4 + CONTENTS + 4 + TO_DELAYS + 3) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  const flags = view.getUint32(at + 4)
  let next = at + 8
  const count = flags & FLAGS.frames ? view.getUint32(next) : null
  for (const [flag, size] of [[FLAGS.frames, 4], [FLAGS.bytes, 4], [FLAGS.contents, CONTENTS], [FLAGS.quality, 4]]) {
    if (flags & Number(flag)) next += Number(size)
  }
  const [high, middle, low] = [view.getUint8(next + TO_DELAYS), view.getUint8(next + TO_DELAYS + 1), view.getUint8(next + TO_DELAYS + 2)]
  const [lead, tail] = [(high << 4) | (middle >> 4), ((middle & 15) << 8) | low]
  if (lead === 0 && tail === 0) return null
  // MPEG 1 has 1,152 frames of sound in each of its own, its half-rate versions 576.
  const each = (view.getUint8(1) >> 3) & 1 ? 1152 : 576
  return {skip: lead + DECODER_DELAY, frames: count === null ? null : count * each - lead - tail}
}

/** @import {Frames} from '../../core/frames.js' */
/** @import {Block} from '../source.js' */

/**
 * The outline of decoded sound: pairs of lowest and highest sample over all channels, as the service makes them.
 * @param {Block} block
 * @param {Frames} each frames of a pair
 * @returns {Uint8Array}
 */
export function outlineOf({buffer, lead, frames}, each) {
  const pairs = new Int8Array(Math.ceil(frames / each) * 2)
  for (let channel = 0; channel < (buffer?.numberOfChannels ?? 0); channel += 1) {
    const samples = /** @type {AudioBuffer} */ (buffer).getChannelData(channel).subarray(lead, lead + frames)
    for (let pair = 0; pair * 2 < pairs.length; pair += 1) {
      let [low, high] = [1, -1]
      const end = Math.min((pair + 1) * each, samples.length)
      for (let index = pair * each; index < end; index += 1) {
        const sample = /** @type {number} */ (samples[index])
        if (sample < low) low = sample
        if (sample > high) high = sample
      }
      pairs[pair * 2] = Math.min(channel === 0 ? 127 : Number(pairs[pair * 2]), scaled(low))
      pairs[pair * 2 + 1] = Math.max(channel === 0 ? -127 : Number(pairs[pair * 2 + 1]), scaled(high))
    }
  }
  return new Uint8Array(pairs.buffer)
}

/** @param {number} sample */
const scaled = (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 127)

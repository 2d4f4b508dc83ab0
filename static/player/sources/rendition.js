/** @import {Rendition} from '../core/manifest-types.js' */
/** @typedef {'auto'|'lossless'|'small'} Quality what the listener asks for */

/** Bits per second of one stem of music as FLAC: 372 to 662 thousand were measured. */
const LOSSLESS_BITS = 600_000
/** The line has to be so much faster than the sound, for seeks and for what else goes over it. */
const HEADROOM = 1.5

/**
 * Names the rendition to load next: the exact one, unless the line is too slow for it.
 * @param {Record<string, Rendition>} renditions
 * @param {Quality} quality
 * @param {number|null} bitsPerSecond of the line; null when unknown
 * @param {number} stems that share it
 * @returns {string|null}
 */
export function chooseRendition(renditions, quality, bitsPerSecond, stems) {
  const [exact, small] = ['flac', 'aac'].map((name) => (renditions[name] ? name : null))
  if (!exact || !small) return exact ?? small ?? null
  if (quality !== 'auto') return quality === 'lossless' ? exact : small
  const slow = bitsPerSecond !== null && bitsPerSecond < LOSSLESS_BITS * stems * HEADROOM
  return slow ? small : exact
}

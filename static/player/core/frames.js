/**
 * Time inside the player is counted in frames: integers, so that boundaries meet exactly.
 * Seconds appear only at the edge, where people, URLs and the Web Audio API are.
 * @typedef {number} Frames
 */

/**
 * @param {number} seconds
 * @param {number} rate frames per second
 * @returns {Frames}
 */
export const toFrames = (seconds, rate) => Math.round(seconds * rate)

/**
 * @param {Frames} frames
 * @param {number} rate frames per second
 */
export const toSeconds = (frames, rate) => frames / rate

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value))

/**
 * 61.25 → "1:01", with decimals "1:01.2": cut, not rounded, as a clock does.
 * @param {number} seconds
 * @param {number} [decimals]
 */
export function formatTime(seconds, decimals = 0) {
  const scale = 10 ** decimals
  const whole = Math.max(0, Math.floor(seconds * scale + 1e-6))
  const fraction = decimals ? `.${String(whole % scale).padStart(decimals, '0')}` : ''
  const total = Math.floor(whole / scale)
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const tail = `${String(rest).padStart(2, '0')}${fraction}`
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

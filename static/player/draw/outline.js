/** @import {Peaks} from './peaks.js' */
/** @import {View} from './view.js' */

/**
 * The outline of a stem as one closed shape in device pixels: along the top, and back along the bottom.
 * @param {Peaks} peaks
 * @param {View} view
 * @param {number} width device pixels
 * @param {number} height device pixels
 * @returns {{x: number, top: number, bottom: number}[]} left to right; empty where nothing is known yet
 */
export function outline(peaks, view, width, height) {
  const peaksPerPixel = view.span / width / peaks.framesPerPeak
  const first = view.start / peaks.framesPerPeak
  const middle = height / 2
  const reach = middle - 1
  /** @param {number} x @param {[number, number]} pair */
  const point = (x, [low, high]) => ({x, top: middle - high * reach - 0.5, bottom: middle - low * reach + 0.5})
  const points = []
  if (peaksPerPixel >= 1) {
    const last = Math.min(width, Math.ceil((peaks.count - first) / peaksPerPixel))
    for (let x = 0; x < last; x += 1) {
      const [from, to] = [Math.floor(first + x * peaksPerPixel), Math.floor(first + (x + 1) * peaksPerPixel)]
      points.push(point(x + 0.5, peaks.between(from, Math.max(to, from + 1))))
    }
    return points
  }
  // Closer than one peak per pixel: a point in the middle of each peak, joined by straight lines.
  const last = Math.min(peaks.count, Math.ceil(first + width * peaksPerPixel) + 1)
  for (let peak = Math.max(0, Math.floor(first) - 1); peak < last; peak += 1) {
    points.push(point((peak + 0.5 - first) / peaksPerPixel, peaks.between(peak, peak + 1)))
  }
  return points
}

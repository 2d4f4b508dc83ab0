/**
 * Fits a canvas to its box at the pixel ratio of the screen and clears it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width CSS pixels
 * @param {number} height CSS pixels
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number, ratio: number}} sizes in device pixels
 */
export function fit(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1
  const size = {width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio))}
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size)
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  pen.clearRect(0, 0, size.width, size.height)
  return {pen, ...size, ratio}
}

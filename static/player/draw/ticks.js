import {formatTime} from '../core/frames.js'

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
const LABEL_WIDTH = 72

/**
 * Where a ruler has its marks.
 * @param {number} from seconds
 * @param {number} to seconds
 * @param {number} width pixels
 * @returns {{seconds: number, label: string}[]}
 */
export function ticks(from, to, width) {
  const step = STEPS.find((each) => (each / (to - from)) * width >= LABEL_WIDTH) ?? 7200
  const decimals = step < 1 ? 1 : 0
  const marks = []
  for (let count = Math.ceil(from / step); count * step <= to; count += 1) {
    marks.push({seconds: count * step, label: formatTime(count * step, decimals)})
  }
  return marks
}

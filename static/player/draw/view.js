/** @import {Frames} from '../core/frames.js' */
import {clamp, formatTime} from '../core/frames.js'

/** Closest zoom: so many frames per pixel. */
const CLOSEST = 110
/** Seconds between marks. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
const LABEL_WIDTH = 72

/** Which part of the song is seen: geometry alone, immutable. */
export class View {
  /**
   * @param {Frames} frames length of the song
   * @param {number} width pixels
   * @param {Frames} [start] first frame that is seen
   * @param {number} [zoom] 1 shows everything
   */
  constructor(frames, width, start = 0, zoom = 1) {
    this.frames = Math.max(1, frames)
    this.width = Math.max(1, width)
    this.zoom = clamp(zoom, 1, Math.max(1, this.frames / this.width / CLOSEST))
    /** Frames that are seen at once. */
    this.span = this.frames / this.zoom
    this.start = clamp(start, 0, this.frames - this.span)
  }

  get framesPerPixel() {
    return this.span / this.width
  }

  /** @param {Frames} frame */
  x(frame) {
    return (frame - this.start) / this.framesPerPixel
  }

  /**
   * @param {number} x
   * @returns {Frames}
   */
  frame(x) {
    return Math.round(clamp(this.start + x * this.framesPerPixel, 0, this.frames))
  }

  /** @param {number} width */
  resized(width) {
    return new View(this.frames, width, this.start, this.zoom)
  }

  /**
   * @param {number} factor above 1 comes closer
   * @param {number} x stays where it is
   */
  zoomed(factor, x) {
    const frame = this.start + x * this.framesPerPixel
    const next = new View(this.frames, this.width, 0, this.zoom * factor)
    return next.scrolled(frame - x * next.framesPerPixel)
  }

  /** @param {Frames} start */
  scrolled(start) {
    return new View(this.frames, this.width, start, this.zoom)
  }

  /** @param {Frames} frame */
  shows(frame) {
    return frame >= this.start && frame <= this.start + this.span
  }

  /**
   * Turns the page when the playhead leaves it.
   * @param {Frames} frame
   */
  following(frame) {
    if (this.shows(frame)) return this
    return this.scrolled(frame - this.span * 0.05)
  }
}

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

/** @import {Frames} from '../core/frames.js' */
import {clamp} from '../core/frames.js'

/** Closest zoom: so many frames per pixel. */
const CLOSEST = 110

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

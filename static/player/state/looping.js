/** @import {Frames} from '../core/frames.js' */
/** @import {Loop} from '../engine/run.js' */

/** Seconds that a loop lasts which was switched on without being drawn. */
export const NEW_LOOP = 8

/** Remembers which part is looped, or would be: the loop can be switched off and on without losing its place. */
export class Looping {
  /** @type {Loop|null} */
  region = null
  on = false

  /** @returns {Loop|null} */
  get loop() {
    return this.on ? this.region : null
  }

  /** @param {Loop|null} loop null switches it off */
  set(loop) {
    this.region = loop ?? this.region
    this.on = loop !== null
  }

  /**
   * What the loop becomes when it is switched.
   * @param {Frames} here
   * @param {Frames} length of a loop that wasn't there before
   */
  toggled(here, length) {
    return this.on ? null : (this.region ?? {from: here, to: here + length})
  }

  /**
   * What the loop becomes when one of its edges comes here.
   * @param {'from'|'to'} edge
   * @param {Frames} here
   * @param {Frames} end of the song
   * @returns {Loop}
   */
  moved(edge, here, end) {
    const {from, to} = this.region ?? {from: 0, to: end}
    if (edge === 'from') return {from: here, to: to > here ? to : end}
    return {from: from < here ? from : 0, to: here}
  }
}

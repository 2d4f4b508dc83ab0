/** @import {ManifestStem} from './manifest-types.js' */
/** @typedef {import('./manifest-types.js').Manifest} Manifest */

/** Of a share in which no kept stem has a rate: what most music has. */
const RATE = 44_100

/** @param {ManifestStem} stem */
export const isHosted = (stem) => stem.kind === 'hosted'

/** @param {Manifest} manifest @returns {number|null} frames per second, as soon as they are known */
export const rateOf = ({sample_rate: rate, stems}) => rate ?? (stems.some(isHosted) ? RATE : null)

/**
 * By how much a stem is multiplied so that all of a share sound in proportion: kept ones were stored softer, each in its
 * own way. Exactly 1 where all are alike.
 * @param {ManifestStem} stem
 * @param {number|null|undefined} gain of the share
 */
export function levelOf(stem, gain) {
  if (!gain) return 1
  if (isHosted(stem)) return gain
  return stem.gain ? gain / stem.gain : 1
}

/** @param {Manifest} manifest nothing will change any more, except by the owner's hand */
export const isSettled = (manifest) => !manifest.growing && !['queued', 'running'].includes(manifest.state)

/**
 * The stems that sound or will: not those that failed, and not those that an import hasn't begun with while others play.
 * @param {ManifestStem[]} stems
 */
export function livingStems(stems) {
  const living = stems.filter((stem) => stem.state !== 'failed')
  const begun = living.filter((stem) => stem.state !== 'pending')
  return begun.length > 0 ? begun : living
}

/**
 * How far all stems that may still grow have come.
 * @param {Manifest} manifest
 */
export function availableFrames({stems}) {
  const growing = livingStems(stems)
  if (growing.length === 0) return 0
  return Math.min(...growing.map((stem) => (stem.state === 'ready' ? Infinity : (stem.available_frames ?? 0))))
}

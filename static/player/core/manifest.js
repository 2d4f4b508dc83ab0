/** @import {ManifestStem} from './manifest-types.js' */
/** @typedef {import('./manifest-types.js').Manifest} Manifest */

/** @param {ManifestStem[]} stems whether the listener has a choice between renditions */
export const hasChoice = (stems) => stems.some((stem) => Object.keys(stem.renditions ?? {}).length > 1)

/** @param {Manifest} manifest nothing will change any more, except by the owner's hand */
export const isSettled = (manifest) => !manifest.growing && !['queued', 'running'].includes(manifest.state)

/**
 * How far all stems that may still grow have come.
 * @param {Manifest} manifest
 */
export function availableFrames(manifest) {
  const living = manifest.stems.filter((stem) => stem.state !== 'failed')
  if (living.length === 0) return 0
  return Math.min(...living.map((stem) => stem.available_frames ?? 0))
}

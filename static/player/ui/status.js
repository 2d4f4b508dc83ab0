/** @import {Manifest} from '../core/manifest-types.js' */
/** @import {Problem} from '../state/poller.js' */
import {words} from '../words.js'

/**
 * What is going on, in a few words.
 * @param {Manifest|null} manifest
 * @param {string|null} waitingFor
 */
export function statusFor(manifest, waitingFor) {
  if (waitingFor === 'context') return words.asleep
  if (waitingFor === 'growing') return words.growing
  if (waitingFor === 'loading') return words.loading
  if (manifest?.state === 'queued') return words.queued(manifest.queue_position)
  if (manifest?.state === 'running' && manifest.job === 'import') return words.importing(manifest.progress)
  if (manifest?.state === 'running') return manifest.frames ? words.running(manifest.progress) : words.starting
  return ''
}

/**
 * What is wrong with all of it, in a sentence; empty when nothing is.
 * @param {Manifest|null} manifest
 * @param {Problem|null} problem
 */
export function messageFor(manifest, problem) {
  if (problem) return words[problem]
  if (manifest?.state === 'failed') return manifest.error?.message ?? words.failed
  if (manifest?.state === 'cancelled') return words.cancelled
  return ''
}

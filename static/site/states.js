import {left, percent} from './format.js'
import {gettext, interpolate} from './words.js'
import {availableFrames} from '../player/core/manifest.js'

/** @typedef {import('../player/core/manifest.js').Manifest} Manifest */

/**
 * How a share stands, in one or two short sentences. The template parts/state.html begins with the same words.
 * @param {Manifest} manifest
 */
export function stateWords(manifest) {
  switch (manifest.state) {
    case 'queued':
      return waiting(manifest)
    case 'running':
      return running(manifest)
    case 'failed':
      return `${gettext('This did not work.')} ${manifest.error?.message ?? ''}`.trim()
    case 'cancelled':
      return gettext('The separation was stopped. Upload the song again to start anew.')
    default:
      return gettext('All stems are here.')
  }
}

/** @param {Manifest} manifest */
function waiting(manifest) {
  if (manifest.worker_seen === false) {
    return gettext('Waiting: nothing separates songs here right now. It starts by itself as soon as a worker runs.')
  }
  if (manifest.queue_position === 1) return gettext('Waiting: it is next.')
  if (!manifest.queue_position) return gettext('Waiting for its turn.')
  return interpolate(gettext('Waiting: place %(place)s in the queue.'), {place: manifest.queue_position})
}

/** @param {Manifest} manifest */
function running(manifest) {
  const far = interpolate(gettext('Separating: %(percent)s'), {percent: percent(manifest.progress)})
  const words = [manifest.seconds_left === null ? `${far}.` : `${far}, ${left(manifest.seconds_left)}.`]
  if (availableFrames(manifest) > 0) words.push(gettext('You can already listen.'))
  if (manifest.attempt > 1) words.push(gettext('A worker stopped half way, so it began again.'))
  return words.join(' ')
}

/**
 * One word for lists.
 * @param {string} state
 */
export function stateWord(state) {
  /** @type {Record<string, string>} */
  const words = {
    queued: gettext('waiting'),
    running: gettext('separating'),
    done: gettext('ready'),
    failed: gettext('did not work'),
    cancelled: gettext('stopped'),
    gone: gettext('no longer there'),
  }
  return words[state] ?? state
}

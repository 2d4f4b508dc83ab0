import {left, percent} from './format.js'
import {gettext, interpolate, ngettext} from './words.js'
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
      return isImport(manifest)
        ? gettext('Adding the stems was stopped. Bring them again to start anew.')
        : gettext('The separation was stopped. Upload the song again to start anew.')
    default:
      return done(manifest)
  }
}

/** @param {Manifest} manifest of stems that existed already */
const isImport = ({job}) => job === 'import'

/** @param {Manifest} manifest */
function done({stems}) {
  const n = stems.filter((stem) => stem.state === 'failed').length
  const words =
    n === 0
      ? gettext('All stems are here.')
      : interpolate(ngettext('%(n)s stem is missing, and says why.', '%(n)s stems are missing, and say why.', n), {n})
  return [words, ...missing(stems)].join(' ')
}

/** @param {Manifest['stems']} stems */
const missing = (stems) =>
  stems.some((stem) => stem.truncated) ? [gettext('Some sound is missing: a file is damaged or cut off.')] : []

/** @param {Manifest} manifest */
function waiting(manifest) {
  if (manifest.worker_seen === false) {
    if (isImport(manifest)) return gettext('Waiting: nothing adds stems here right now. It starts by itself as soon as a worker runs.')
    return gettext('Waiting: nothing separates songs here right now. It starts by itself as soon as a worker runs.')
  }
  if (manifest.queue_position === 1) return gettext('Waiting: it is next.')
  if (!manifest.queue_position) return gettext('Waiting for its turn.')
  return interpolate(gettext('Waiting: place %(place)s in the queue.'), {place: manifest.queue_position})
}

/** @param {Manifest} manifest */
function running(manifest) {
  if (isImport(manifest)) return adding(manifest)
  const far = interpolate(gettext('Separating: %(percent)s'), {percent: percent(manifest.progress)})
  const words = [manifest.seconds_left === null ? `${far}.` : `${far}, ${left(manifest.seconds_left)}.`]
  if (availableFrames(manifest) > 0) words.push(gettext('You can already listen.'))
  if ((manifest.tries ?? 1) > 1) words.push(gettext('A worker stopped half way, so it began again.'))
  return [...words, ...missing(manifest.stems)].join(' ')
}

/** @param {Manifest} manifest */
function adding({stems, tries = 1}) {
  const there = stems.filter((stem) => stem.state === 'ready').length
  const words = [interpolate(gettext('Adding the stems: %(there)s of %(all)s so far.'), {there, all: stems.length})]
  if (there > 0) words.push(gettext('You can already listen.'))
  if (tries > 1) words.push(gettext('A worker stopped half way, so it began again.'))
  return [...words, ...missing(stems)].join(' ')
}

/**
 * One word for lists.
 * @param {string} state
 * @param {string} [job]
 */
export function stateWord(state, job) {
  if (state === 'running' && job === 'import') return gettext('adding stems')
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

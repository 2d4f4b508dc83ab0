/** @import {Manifest} from './core/manifest-types.js' */
/** @import {Problem} from './state/poller.js' */

/**
 * Every word that the player says to begin with, in one place, so that it can be said in another language;
 * the rest is in ui/panel-words.js.
 */
export const words = {
  player: (/** @type {string} */ title) => `Player: ${title}`,
  play: 'Play',
  pause: 'Pause',
  loop: 'Loop',
  position: 'Position',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  master: 'Master volume',
  more: 'More',
  speedAndPitch: 'Speed and pitch',
  stretchFailed: 'Speed and pitch could not be loaded. Check the connection and try again.',

  soloShort: 'S',
  muteShort: 'M',
  soloOf: (/** @type {string} */ stem) => `Solo ${stem}`,
  muteOf: (/** @type {string} */ stem) => `Mute ${stem}`,
  volumeOf: (/** @type {string} */ stem) => `Volume of ${stem}`,
  panOf: (/** @type {string} */ stem) => `Pan of ${stem}`,
  settingsOf: (/** @type {string} */ stem) => `Volume and pan of ${stem}`,
  percent: (/** @type {number} */ part) => `${Math.round(part * 100)} %`,
  panValue: (/** @type {number} */ pan) =>
    Math.round(pan * 100) === 0 ? 'middle' : `${Math.abs(Math.round(pan * 100))} % ${pan < 0 ? 'left' : 'right'}`,

  loading: 'Loading…',
  growing: 'Waiting for the next seconds…',
  asleep: 'The system paused the sound. Press play to go on.',
  queued: (/** @type {number|null} */ position) => (position && position > 1 ? `Number ${position} in the queue` : 'Next in the queue'),
  running: (/** @type {number} */ progress) => `Separating, ${Math.floor(progress * 100)} %`,
  importing: (/** @type {number} */ progress) => `Fetching stems, ${Math.floor(progress * 100)} %`,
  starting: 'Reading the song…',
  retry: 'Retry',
  stemFailed: 'This stem could not be made.',
  noWebAudio: 'This browser cannot play stems. Use a current Firefox, Chrome, Edge or Safari.',
  missing: 'There is no such share. Check the link.',
  gone: 'This share was deleted or has expired.',
  offline: 'No network. The player goes on when it is back.',
  broken: 'The server cannot be reached. Trying again.',
  older: 'This page is of an older release. Load it again.',
  failed: 'This song could not be separated.',
  cancelled: 'The separation was cancelled.',

  spokenTime: (/** @type {number} */ seconds) => {
    const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)]
    const spoken = `${rest} second${rest === 1 ? '' : 's'}`
    return minutes ? `${minutes} minute${minutes === 1 ? '' : 's'} ${spoken}` : spoken
  },
  spokenPosition: (/** @type {string} */ now, /** @type {string} */ all) => `${now} of ${all}`,
}

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

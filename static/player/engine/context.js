/** Whether this browser can play at all. */
export const canPlay = () => typeof AudioContext === 'function' && typeof OfflineAudioContext === 'function'

/** Whether speed and pitch can be changed: worklets exist only where the page came over https, or from this machine. */
export const canStretch = () => globalThis.isSecureContext && typeof AudioWorkletNode === 'function'

/**
 * Has to be called in the listener's gesture. At the rate of the song: at any other, joins would be audible.
 * @param {number} rate
 */
export function createContext(rate) {
  // iOS mutes Web Audio with the ring switch unless the page says that it plays music.
  const session = /** @type {{audioSession?: {type: string}}} */ (navigator).audioSession
  if (session) session.type = 'playback'
  return new AudioContext({sampleRate: rate, latencyHint: 'interactive'})
}

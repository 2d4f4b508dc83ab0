/** Whether this browser can play at all. */
export const canPlay = () => typeof AudioContext === 'function' && typeof OfflineAudioContext === 'function'

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

/**
 * Decodes at the rate of the song, whatever the rate of the machine, and before there is a context to play on.
 * @param {number} rate
 * @returns {(bytes: ArrayBuffer) => Promise<AudioBuffer>}
 */
export function createDecoder(rate) {
  const context = new OfflineAudioContext(1, 1, rate)
  return (bytes) => context.decodeAudioData(bytes)
}

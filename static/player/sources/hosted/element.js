/** @import {Scope} from '../../core/scope.js' */
/** @import {Cue} from '../source.js' */
/** @import {Reader} from './hosted.js' */
import {clamp, toFrames} from '../../core/frames.js'
import {LoadError, SILENCE} from '../source.js'
import {correct} from './drift.js'
import {STALLED} from './look.js'
import {hostedWords} from './words.js'

/** Milliseconds that the song waits at most for an element to be ready to play. */
const PATIENCE = 4_000

/**
 * In the listener's gesture: Safari lets an element sound only when it was told to play in one, if before it has a file.
 * @param {HTMLAudioElement} audio
 */
export function unlock(audio) {
  if (!audio.paused) return
  void audio.play().catch(() => {})
  audio.pause()
}

/**
 * Plays a file that no page may read, by an element of its own beside the audio graph.
 * @param {object} file
 * @param {HTMLAudioElement} file.audio the element
 * @param {string} file.url
 * @param {number} file.rate of the song
 * @param {Scope} file.scope
 * @param {(error: LoadError) => void} file.onerror it dies while it plays
 * @param {(blocked: boolean) => void} file.onblocked whether the browser waits for a gesture
 * @returns {Promise<Reader>}
 */
export async function openElement({audio, url, rate, scope, onerror, onblocked}) {
  await opened(audio, url, 'auto', scope)
  scope.listen(audio, 'error', () => onerror(new LoadError('unreachable', hostedWords.unreachable, true)))
  return new ElementReader(audio, rate, scope, onblocked)
}

/**
 * How long a file is, which isn't to be loaded yet.
 * @param {string} url
 * @param {Scope} scope
 * @returns {Promise<number|null>}
 */
export async function secondsOf(url, scope) {
  const own = scope.child()
  try {
    const audio = new Audio()
    await opened(audio, url, 'metadata', own)
    const {duration} = audio
    return Number.isFinite(duration) ? duration : null
  } catch {
    return null
  } finally {
    own.dispose()
  }
}

/**
 * @param {HTMLAudioElement} audio
 * @param {string} url
 * @param {'auto'|'metadata'} preload
 * @param {Scope} scope
 */
async function opened(audio, url, preload, scope) {
  audio.preload = preload
  scope.add(() => {
    audio.pause()
    audio.removeAttribute('src')
    audio.load()
  })
  audio.src = url
  await new Promise((resolve, reject) => {
    const own = scope.child()
    const end = (/** @type {() => void} */ action) => {
      own.dispose()
      action()
    }
    own.listen(audio, 'loadedmetadata', () => end(() => resolve(undefined)))
    own.listen(audio, 'error', () => end(() => reject(new LoadError('refused', hostedWords.refused, true))))
    own.timeout(() => end(() => reject(new LoadError('unreachable', hostedWords.unreachable, true))), STALLED)
  })
}

/** @implements {Reader} */
class ElementReader {
  /** @type {'element'} */
  way = 'element'
  #audio
  #scope
  #onblocked
  /** Seconds by which a jump is late, as it was the last times. */
  #late = 0
  #jumped = false
  #sounding = false

  /**
   * @param {HTMLAudioElement} audio
   * @param {number} rate
   * @param {Scope} scope
   * @param {(blocked: boolean) => void} onblocked
   */
  constructor(audio, rate, scope, onblocked) {
    this.#audio = audio
    this.#scope = scope
    this.#onblocked = onblocked
    this.frames = Number.isFinite(audio.duration) ? toFrames(audio.duration, rate) : 0
  }

  /** Nothing for the graph; but the song waits a moment until the element could play. */
  async block() {
    const audio = this.#audio
    if (!this.#sounding && audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
      await new Promise((resolve) => {
        const own = this.#scope.child()
        own.listen(audio, 'canplay', () => own.dispose())
        own.timeout(() => own.dispose(), PATIENCE)
        own.add(() => resolve(undefined))
      })
    }
    return SILENCE
  }

  /** @param {Cue} cue */
  follow({sounding, at, speed, gain}) {
    const audio = this.#audio
    const ended = at >= audio.duration
    // iOS lets nobody but the listener set a volume, but silence it does.
    audio.muted = gain === 0
    audio.volume = clamp(gain, 0, 1)
    if (!sounding || ended) {
      this.#sounding = false
      if (!audio.paused) audio.pause()
      if (!ended && !audio.seeking && Math.abs(audio.currentTime - at) > 0.001) audio.currentTime = at
      return
    }
    if (!this.#sounding) {
      this.#sounding = true
      this.#jumped = false
      audio.play().then(
        () => this.#onblocked(false),
        ({name}) => name === 'NotAllowedError' && this.#onblocked(true), // the next press on play is a gesture
      )
    }
    // What doesn't play isn't chased through its file.
    if (audio.paused || audio.seeking || audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return
    const error = audio.currentTime - at
    if (this.#jumped) this.#late = clamp(this.#late - error, 0, 0.5)
    this.#jumped = false
    const {jump, rate} = correct(error, speed)
    // Shifted by a hair nobody hears; at another speed the pitch has to stay, as that of the others does.
    audio.preservesPitch = speed !== 1
    if (jump) {
      audio.currentTime = at + this.#late * speed
      this.#jumped = true
    }
    if (audio.playbackRate !== rate) audio.playbackRate = rate
  }

  close() {
    this.#audio.pause()
  }
}

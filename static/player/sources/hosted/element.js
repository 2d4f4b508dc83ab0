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
 * Plays a file that no page may read, by an element of its own beside the audio graph.
 * @param {object} file
 * @param {string} file.url
 * @param {number} file.rate of the song
 * @param {Scope} file.scope
 * @param {(error: LoadError) => void} file.onerror it dies while it plays
 * @returns {Promise<Reader>}
 */
export async function openElement({url, rate, scope, onerror}) {
  const audio = await opened(url, 'auto', scope)
  scope.listen(audio, 'error', () => onerror(new LoadError('unreachable', hostedWords.unreachable, true)))
  return new ElementReader(audio, rate, scope)
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
    const {duration} = await opened(url, 'metadata', own)
    return Number.isFinite(duration) ? duration : null
  } catch {
    return null
  } finally {
    own.dispose()
  }
}

/**
 * @param {string} url
 * @param {'auto'|'metadata'} preload
 * @param {Scope} scope
 */
async function opened(url, preload, scope) {
  const audio = new Audio()
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
  return audio
}

/** @implements {Reader} */
class ElementReader {
  /** @type {'element'} */
  way = 'element'
  #audio
  #scope
  /** Seconds by which a jump is late, as it was the last times. */
  #late = 0
  #jumped = false
  #sounding = false

  /**
   * @param {HTMLAudioElement} audio
   * @param {number} rate
   * @param {Scope} scope
   */
  constructor(audio, rate, scope) {
    this.#audio = audio
    this.#scope = scope
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
      void audio.play().catch(() => {}) // without a gesture some browsers refuse; the next press on play is one
    }
    if (audio.seeking || audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return
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

/** @import {Frames} from '../../core/frames.js' */
/** @import {ManifestStem} from '../../core/manifest-types.js' */
/** @import {Scope} from '../../core/scope.js' */
/** @import {Decode} from '../kept.js' */
/** @import {Block, Cue, Source} from '../source.js' */
/** @import {Budget} from './budget.js' */
import {Emitter} from '../../core/emitter.js'
import {toFrames, toSeconds} from '../../core/frames.js'
import {Peaks} from '../../draw/peaks.js'
import {LoadError, SILENCE} from '../source.js'
import {openElement, secondsOf, unlock} from './element.js'
import {look} from './look.js'
import {outlineOf} from './outline-of.js'
import {openStream} from './stream.js'
import {openWhole} from './whole.js'
import {hostedWords} from './words.js'

/** Seconds of a segment that are handed over before the rest. */
const EARLY = 0.6
const PEAKS_PER_SECOND = 100

/**
 * @typedef {'stream'|'whole'|'element'} Way by pieces; all at once; beside the graph, as nobody may read it
 *
 * @typedef {object} Reader a file that is open
 * @property {Way} way
 * @property {Frames} frames its length at the rate of the song
 * @property {(at: Frames, frames: Frames, signal: AbortSignal) => Promise<Block>} block
 * @property {(cue: Cue) => void} [follow]
 * @property {AudioBuffer} [sound] all of it
 * @property {() => void} close
 *
 * @typedef {object} Findings what is known of a hosted stem
 * @property {string} id
 * @property {Way|null} way
 * @property {number|null} seconds
 * @property {LoadError|null} error
 * @property {string} note for the listener
 * @property {string} action what the button beside the error says
 */

/**
 * A stem on another host. Which way it can be played is found by trying; the hints of the manifest only spare what is in vain.
 * @extends {Emitter<{change: Findings}>}
 * @implements {Source}
 */
export class HostedSource extends Emitter {
  version
  /** @type {Peaks} outline of what was decoded so far */
  peaks
  /** @type {LoadError|null} */
  error = null
  #stem
  #rate
  #grid
  #decode
  #budget
  #scope
  /** @type {Scope|null} of the file that is open */
  #own = null
  /** @type {Promise<Reader>|null} */
  #opening = null
  /** @type {Reader|null} */
  #reader = null
  /** @type {Frames|null} its length as far as one can tell without loading it */
  #guess = null
  /** It can be decoded piece by piece, for all that is known. */
  #streams = true
  /** It waits for somebody to press play, as it has to be loaded whole. */
  #held = false
  /** @type {HTMLAudioElement|null} that plays it where nobody may read it; the same one all the time, as it may be unlocked */
  #audio = null
  /** The browser waits for a gesture. */
  #blocked = false
  #want = () => {}
  /** @type {Promise<void>} somebody has pressed play */
  #wanted = new Promise((resolve) => (this.#want = resolve))
  /** @type {number|null|undefined} part of the file that has arrived; undefined when it isn't loaded whole */
  #loaded

  /**
   * @param {object} parts
   * @param {ManifestStem} parts.stem
   * @param {number} parts.rate
   * @param {Frames} parts.grid
   * @param {Decode} parts.decode
   * @param {Budget} parts.budget
   * @param {Scope} parts.scope
   */
  constructor({stem, rate, grid, decode, budget, scope}) {
    super()
    this.id = stem.id
    this.version = stem.url ?? ''
    this.peaks = new Peaks(Math.round(rate / PEAKS_PER_SECOND))
    this.#stem = stem
    this.#rate = rate
    this.#grid = grid
    this.#decode = decode
    this.#budget = budget
    this.#scope = scope
  }

  /** @returns {Frames|null} its length, once it is known */
  get frames() {
    return this.#reader?.frames || this.#guess
  }

  /** It is being looked at. */
  get opening() {
    return this.#opening !== null && this.#reader === null && !this.#held
  }

  /** @returns {Findings} */
  get findings() {
    const {id, error} = this
    const way = this.#reader?.way ?? (this.#held ? 'whole' : null)
    const loading = this.#loaded === undefined ? '' : hostedWords.loading(this.#loaded)
    const beside = this.#blocked ? hostedWords.gesture : hostedWords.element
    const note = way === 'element' ? beside : loading
    const action = error?.code === 'large' ? hostedWords.load : hostedWords.retry
    return {id, way, seconds: this.frames && toSeconds(this.frames, this.#rate), error, note, action}
  }

  /** Whether its sound can be had, and not only heard. */
  get readable() {
    return this.#reader !== null && !this.#reader.follow
  }

  has() {
    return true
  }

  /** @returns {Promise<Reader>} */
  open() {
    if (this.error) return Promise.reject(this.error)
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Somebody has pressed play, or writes the mix to a file: from now on it may be loaded whole. */
  want() {
    this.#want()
  }

  /** In the listener's gesture, for when it has to be played by an element. */
  unlock() {
    if (!this.readable) unlock((this.#audio ??= new Audio()))
  }

  /** Somebody asks for it once more; where it was too large, that means yes. */
  retry() {
    if (!this.error) return
    if (this.error.code === 'large') this.#budget.grant(this.id)
    this.#close()
    this.error = null
    this.emit('change', this.findings)
    void this.open().catch(() => {})
  }

  /**
   * @param {number} segment
   * @param {AbortSignal} signal
   * @param {(part: Block) => void} [early]
   * @returns {Promise<Block>}
   */
  async load(segment, signal, early) {
    this.want()
    const reader = await this.open()
    const at = segment * this.#grid
    const whole = Math.min(this.#grid, reader.frames - at)
    if (whole <= 0) return SILENCE
    try {
      const first = early && reader.way === 'stream' ? Math.min(whole, Math.round(EARLY * this.#rate)) : whole
      const head = await reader.block(at, first, signal)
      if (first === whole) return this.#seen(at, head)
      early?.(head)
      return this.#seen(at, join(head, await reader.block(at + first, whole - first, signal)))
    } catch (error) {
      if (signal.aborted || this.error) throw error
      if (reader === this.#reader) {
        if (reader.way !== 'stream' || !mayTryOn(error)) throw this.#fail(error)
        // The beginning could be decoded, and this can't: another decoder may.
        this.#streams = false
        this.#close()
      }
      return this.load(segment, signal)
    }
  }

  /** @param {Cue} cue */
  follow(cue) {
    this.#reader?.follow?.(cue)
  }

  dispose() {
    this.#close()
    this.clear()
  }

  async #open() {
    const own = this.#scope.child()
    this.#own = own
    try {
      const reader = await this.#tryWays(own)
      own.signal.throwIfAborted()
      this.#reader = reader
      this.#loaded = undefined
      if (reader.sound) this.#seen(0, {buffer: reader.sound, lead: 0, frames: reader.frames})
      this.emit('change', this.findings)
      return reader
    } catch (error) {
      if (own.disposed) throw error
      throw this.#fail(error)
    }
  }

  /**
   * The best way that works.
   * @param {Scope} scope
   * @returns {Promise<Reader>}
   */
  async #tryWays(scope) {
    const {id, url = '', seconds = null, cors, range} = this.#stem
    const {signal} = scope
    const rate = this.#rate
    const element = () => {
      const audio = (this.#audio ??= new Audio())
      const onblocked = (/** @type {boolean} */ blocked) => this.#block(blocked)
      return openElement({audio, url, rate, scope, onerror: (error) => this.#fail(error), onblocked})
    }
    if (cors === false) return element()
    try {
      const seen = await look(url, signal, scope)
      if (seen.range && range !== false && this.#streams) {
        try {
          return await openStream({url, rate, scope, signal})
        } catch (error) {
          if (!mayTryOn(error)) throw error
        }
      }
      const progress = (/** @type {number|null} */ part) => this.#tell(part)
      const length = seconds ?? (await secondsOf(url, scope)) ?? seen.seconds ?? 0
      await this.#hold(length)
      const [decode, budget] = [this.#decode, this.#budget]
      return await openWhole({id, url, seconds: length, rate, decode, budget, scope, signal, progress})
    } catch (error) {
      if (!(error instanceof LoadError) || error.code !== 'refused') throw error
      return element()
    }
  }

  /**
   * Nothing is loaded whole before somebody wants to hear it.
   * @param {number} seconds that it lasts, as far as one can tell
   */
  async #hold(seconds) {
    this.#guess = toFrames(seconds, this.#rate) || null
    this.#held = true
    this.emit('change', this.findings)
    await this.#wanted
    this.#held = false
  }

  /** @param {number|null} part */
  #tell(part) {
    const percent = (/** @type {number|null|undefined} */ value) => value && Math.floor(value * 100)
    if (this.#loaded !== undefined && percent(part) === percent(this.#loaded)) return
    this.#loaded = part
    this.emit('change', this.findings)
  }

  /** @param {boolean} blocked */
  #block(blocked) {
    if (blocked === this.#blocked) return
    this.#blocked = blocked
    this.emit('change', this.findings)
  }

  /**
   * @param {Frames} at
   * @param {Block} block
   */
  #seen(at, block) {
    const each = this.peaks.framesPerPeak
    this.peaks.write(Math.floor(at / each), outlineOf(block, each))
    this.emit('change', this.findings)
    return block
  }

  /** @param {unknown} error @returns {LoadError} */
  #fail(error) {
    const told = error instanceof LoadError && error.lasting ? error : new LoadError('damaged', hostedWords.damaged, true)
    this.#close()
    this.error = told
    this.emit('change', this.findings)
    return told
  }

  #close() {
    this.#reader?.close()
    this.#reader = null
    this.#opening = null
    this.#held = false
    this.#loaded = undefined
    this.#own?.dispose()
    this.#own = null
  }
}

/** @param {unknown} error whether another way may still work with this file */
const mayTryOn = (error) => error instanceof LoadError && (error.code === 'unsupported' || error.code === 'damaged')

/**
 * @param {Block} head
 * @param {Block} rest
 * @returns {Block}
 */
function join(head, rest) {
  const [first, second] = [/** @type {AudioBuffer} */ (head.buffer), /** @type {AudioBuffer} */ (rest.buffer)]
  const frames = head.frames + rest.frames
  const buffer = new AudioBuffer({length: frames, numberOfChannels: first.numberOfChannels, sampleRate: first.sampleRate})
  for (let channel = 0; channel < first.numberOfChannels; channel += 1) {
    buffer.getChannelData(channel).set(first.getChannelData(channel))
    buffer.getChannelData(channel).set(second.getChannelData(channel), head.frames)
  }
  return {buffer, lead: 0, frames}
}

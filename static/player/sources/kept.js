/** @import {Frames} from '../core/frames.js' */
/** @import {ManifestStem, Rendition} from '../core/manifest-types.js' */
/** @import {Block, Source} from './source.js' */
/** @import {Fetcher} from './fetcher.js' */
import {Scope} from '../core/scope.js'
import {decodeBeginning} from './beginning.js'
import {LoadError, SILENCE} from './source.js'

/** @typedef {(bytes: ArrayBuffer) => Promise<AudioBuffer>} Decode */

/** A segment comes in time for being played from its beginning on, when it takes less than this part of its length. */
const IN_TIME = 0.7
/** The rendition that every browser decodes. */
const EXACT = 'flac'

/**
 * A stem that the service keeps, in segments that decode alone and meet to the frame.
 * @implements {Source}
 */
export class KeptSource {
  #stem
  #frames
  #rate
  #fetcher
  #decode
  #choose
  #exactOnly = false

  /**
   * @param {object} parts
   * @param {ManifestStem} parts.stem
   * @param {string} parts.version
   * @param {Frames} parts.frames length of the song
   * @param {number} parts.rate of it
   * @param {Fetcher} parts.fetcher
   * @param {Decode} parts.decode at the rate of the song
   * @param {(renditions: Record<string, Rendition>) => string|null} parts.choose
   */
  constructor({stem, version, frames, rate, fetcher, decode, choose}) {
    this.id = stem.id
    this.version = version
    this.#stem = stem
    this.#frames = stem.frames ?? frames
    this.#rate = rate
    this.#fetcher = fetcher
    this.#decode = decode
    this.#choose = choose
  }

  /** @param {number} segment */
  has(segment) {
    return this.#ended(segment) || Object.keys(this.#renditions(segment)).length > 0
  }

  /**
   * @param {number} segment
   * @param {AbortSignal} signal
   * @param {(part: Block) => void} [early]
   * @returns {Promise<Block>}
   */
  async load(segment, signal, early) {
    if (this.#ended(segment)) return SILENCE
    const renditions = this.#renditions(segment)
    const name = this.#choose(renditions) ?? ''
    try {
      return await this.#loadAs(name, renditions, segment, signal, early)
    } catch (error) {
      // Some browsers have no AAC: the exact rendition is the same sound.
      const damaged = error instanceof LoadError && error.code === 'damaged'
      if (signal.aborted || !damaged || name === EXACT || !renditions[EXACT]) throw error
      this.#exactOnly = true
      return this.#loadAs(EXACT, renditions, segment, signal, early)
    }
  }

  /** @param {number} segment whether the stem ends before it */
  #ended(segment) {
    const rendition = Object.values(this.#stem.renditions ?? {})[0]
    return rendition !== undefined && segment * rendition.segment_frames >= this.#frames
  }

  /**
   * @param {string} name of the rendition
   * @param {Record<string, Rendition>} renditions
   * @param {number} segment
   * @param {AbortSignal} signal
   * @param {(part: Block) => void} [early]
   * @returns {Promise<Block>}
   */
  async #loadAs(name, renditions, segment, signal, early) {
    const rendition = renditions[name]
    if (!rendition) throw new LoadError('missing')
    const url = rendition.url.replace('{segment}', String(segment))
    const lead = rendition.lead_frames
    const whole = Math.min(rendition.segment_frames, this.#frames - segment * rendition.segment_frames)
    const own = new Scope()
    own.listen(signal, 'abort', () => own.dispose())
    let parts = 0
    /** @type {import('./fetcher.js').OnPart} */
    const onPart = async (part, seconds) => {
      parts += 1
      if (seconds >= (whole / this.#rate) * IN_TIME) {
        // By what has come of all stems: the small one is here sooner, but not than the last third.
        if (parts < 3 && this.#choose(renditions) !== name) own.dispose()
        return
      }
      const block = await decodeBeginning(part, whole, this.#decode)
      if (block) early?.(block)
    }
    const mayBeCut = early && lead === 0 && name === EXACT
    const got = await this.#fetcher.get(url, own.signal, {}, mayBeCut ? onPart : undefined).catch((error) => {
      if (signal.aborted || !own.disposed) throw error
      return null
    })
    own.dispose()
    if (!got) return this.load(segment, signal)
    const {bytes} = got
    const buffer = await this.#decoded(bytes.buffer)
    if (buffer.length < lead + whole) throw new LoadError('damaged')
    return {buffer, lead, frames: whole}
  }

  /**
   * Those that reach so far: they grow one behind the other.
   * @param {number} segment
   * @returns {Record<string, Rendition>}
   */
  #renditions(segment) {
    const reaching = Object.entries(this.#stem.renditions ?? {}).filter(([, rendition]) => {
      const end = Math.min((segment + 1) * rendition.segment_frames, this.#frames)
      return end <= (rendition.available_frames ?? this.#stem.available_frames ?? 0)
    })
    const renditions = Object.fromEntries(reaching)
    return this.#exactOnly && renditions[EXACT] ? {[EXACT]: renditions[EXACT]} : renditions
  }

  /** @param {ArrayBuffer} bytes */
  async #decoded(bytes) {
    try {
      return await this.#decode(bytes)
    } catch {
      throw new LoadError('damaged')
    }
  }
}

/**
 * Decodes at the rate of the song, whatever the rate of the machine, and before there is a context to play on.
 * @param {number} rate
 * @returns {(bytes: ArrayBuffer) => Promise<AudioBuffer>}
 */
export function createDecoder(rate) {
  const context = new OfflineAudioContext(1, 1, rate)
  return async (bytes) => {
    const buffer = await context.decodeAudioData(bytes)
    // Chromium keeps decoded buffers that nobody looked into: 2.7 GB instead of 0.2 after an hour. Look into each once.
    for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) buffer.getChannelData(channel)
    return buffer
  }
}

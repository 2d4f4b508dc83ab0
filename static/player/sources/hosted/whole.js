/** @import {Frames} from '../../core/frames.js' */
/** @import {Scope} from '../../core/scope.js' */
/** @import {Decode} from '../kept.js' */
/** @import {Budget} from './budget.js' */
/** @import {Reader} from './hosted.js' */
import {anyOf} from '../../core/any-of.js'
import {LoadError} from '../source.js'
import {request, STALLED} from './look.js'
import {hostedWords} from './words.js'

const BYTES_PER_FRAME = 8
/** How much larger decoded sound is than its file, at least. */
const GROWTH = 1.3

/**
 * Loads a file and decodes all of it: where parts can't be asked for, or can't be decoded alone.
 * @param {object} file
 * @param {string} file.id
 * @param {string} file.url
 * @param {number} file.seconds that it lasts, as far as one can tell
 * @param {number} file.rate of the song
 * @param {Decode} file.decode to that rate
 * @param {Budget} file.budget
 * @param {Scope} file.scope
 * @param {AbortSignal} file.signal
 * @param {(part: number|null) => void} file.progress
 * @returns {Promise<Reader>} or a LoadError: `large` when somebody has to agree first
 */
export async function openWhole({id, url, seconds, rate, decode, budget, scope, signal, progress}) {
  const claim = (/** @type {number} */ bytes) => {
    if (!budget.claim(id, bytes)) throw new LoadError('large', hostedWords.large(Math.round(bytes / 1e6)), true)
  }
  const estimate = seconds * rate * BYTES_PER_FRAME
  claim(estimate)
  scope.add(() => budget.release(id))
  const bytes = await download(url, scope, signal, (arrived, total) => {
    claim(Math.max(estimate, arrived * GROWTH))
    progress(total && Math.min(1, arrived / total))
  })
  const buffer = await decode(bytes).catch(() => {
    throw new LoadError('damaged', hostedWords.damaged, true)
  })
  budget.claim(id, buffer.length * buffer.numberOfChannels * 4)
  return new Whole(buffer)
}

/** @implements {Reader} */
class Whole {
  /** @type {'whole'} */
  way = 'whole'
  /** @param {AudioBuffer} buffer */
  constructor(buffer) {
    this.sound = buffer
    this.frames = buffer.length
  }

  /**
   * @param {Frames} at
   * @param {Frames} frames
   */
  async block(at, frames) {
    return {buffer: this.sound, lead: at, frames}
  }

  close() {}
}

/**
 * @param {string} url
 * @param {Scope} scope
 * @param {AbortSignal} signal
 * @param {(arrived: number, total: number|null) => void} progress bytes
 */
async function download(url, scope, signal, progress) {
  const own = scope.child()
  const slow = new AbortController()
  try {
    const response = await request(url, {}, anyOf(signal, slow.signal), scope)
    const total = Number(response.headers.get('Content-Length')) || null
    /** @type {BlobPart[]} */
    const parts = []
    const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader()
    let arrived = 0
    for (;;) {
      const hurry = own.timeout(() => slow.abort(), STALLED)
      const {done, value} = await reader.read()
      hurry()
      if (done) break
      parts.push(value)
      arrived += value.length
      progress(arrived, total)
    }
    return await new Blob(parts).arrayBuffer()
  } catch (error) {
    if (signal.aborted || error instanceof LoadError) throw error
    throw new LoadError('unreachable', hostedWords.unreachable, true)
  } finally {
    slow.abort() // what is left of it isn't needed
    own.dispose()
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Levels} from '../graph/mixer.js' */
/** @import {Source} from '../sources/source.js' */
import {Mixer} from '../graph/mixer.js'
import {toDuration} from './scheduler.js'

const CHANNELS = 2
const BYTES = 2

/**
 * Renders the whole song with the given levels, through the same graph as playing does, segment by segment:
 * what is decoded at any time doesn't depend on the length.
 * @param {object} job
 * @param {Source[]} job.sources
 * @param {Levels} job.levels
 * @param {number} job.rate
 * @param {Frames} job.frames
 * @param {Frames} job.grid
 * @param {AbortSignal} job.signal
 * @param {(part: number) => void} job.progress
 * @returns {Promise<Blob>} WAV, 16 bit; what is too loud is cut off
 */
export async function renderMix({sources, levels, rate, frames, grid, signal, progress}) {
  const gains = new Map(levels.stems.map((stem) => [stem.id, stem.gain]))
  const audible = sources.filter((source) => gains.get(source.id) && source.readable !== false)
  /** @type {BlobPart[]} */
  const parts = [wavHeader(frames, rate)]
  for (let segment = 0; segment * grid < frames; segment += 1) {
    signal.throwIfAborted()
    const length = Math.min(grid, frames - segment * grid)
    const blocks = await Promise.all(audible.map((source) => source.load(segment, signal)))
    const context = new OfflineAudioContext(CHANNELS, length, rate)
    const mixer = new Mixer(context)
    mixer.apply(levels, 0)
    mixer.gate.ramp(1, 0, 0)
    blocks.forEach(({buffer, lead, frames: sounding}, index) => {
      if (!buffer || sounding === 0) return
      const node = new AudioBufferSourceNode(context, {buffer})
      node.connect(mixer.input(/** @type {Source} */ (audible[index]).id))
      node.start(0, lead / rate, toDuration(Math.min(length, sounding), rate))
    })
    // As a Blob the browser may put it on the disk: an hour would be 635 MB of the page's memory.
    parts.push(new Blob([toPcm(await context.startRendering())]))
    progress(((segment + 1) * grid) / frames)
  }
  return new Blob(parts, {type: 'audio/wav'})
}

/** @param {AudioBuffer} sound @returns {Int16Array<ArrayBuffer>} interleaved */
function toPcm(sound) {
  const pcm = new Int16Array(sound.length * CHANNELS)
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const samples = sound.getChannelData(channel)
    for (let frame = 0; frame < sound.length; frame += 1) {
      const value = Math.round(Number(samples[frame]) * 32_768)
      pcm[frame * CHANNELS + channel] = Math.max(-32_768, Math.min(32_767, value))
    }
  }
  return pcm
}

/**
 * @param {Frames} frames
 * @param {number} rate
 */
function wavHeader(frames, rate) {
  const size = frames * CHANNELS * BYTES
  const header = new DataView(new ArrayBuffer(44))
  const word = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, index) => header.setUint8(at + index, letter.charCodeAt(0)))
  word(0, 'RIFF')
  header.setUint32(4, 36 + size, true)
  word(8, 'WAVEfmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, 1, true)
  header.setUint16(22, CHANNELS, true)
  header.setUint32(24, rate, true)
  header.setUint32(28, rate * CHANNELS * BYTES, true)
  header.setUint16(32, CHANNELS * BYTES, true)
  header.setUint16(34, 8 * BYTES, true)
  word(36, 'data')
  header.setUint32(40, size, true)
  return header.buffer
}

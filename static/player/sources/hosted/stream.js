/** @import {Frames} from '../../core/frames.js' */
/** @import {Scope} from '../../core/scope.js' */
/** @import {Reader} from './hosted.js' */
/** @import {Library, Packet, Sample, Track} from './mediabunny.js' */
import {LoadError} from '../source.js'
import {request, STALLED} from './look.js'
import {loadMediabunny, soundFiles} from './mediabunny.js'
import {firstFrame, readDelay} from './mp3-delay.js'
import {Resampler} from './resampler.js'
import {hostedWords} from './words.js'

/** Bytes of the file that are held: what was asked for ahead, and what lies around it. */
const CACHE = 8 * 2 ** 20
/** A request that fails is tried again so often. */
const TRIES = 3
/** Seconds that are decoded before a place that is jumped to: decoders of all formats have found their feet by then. */
const LEAD = 0.3
/** Seconds that are decoded to get there, rather than jumping. */
const NEAR = 2
/** Decoded frames that are kept behind the place where reading stands: pieces overlap when their rate is changed. */
const BEHIND = 4_096
/** Places in a file at which it is decoded. */
const PLACES = 2
/** Packets by which it is measured what a decoder swallows. */
const MEASURED = 8
/** So many frames of output are computed without letting anybody else have a turn. */
const TURN = 44_100
/** Most channels that are played. */
const CHANNELS = 8

/**
 * Reads a file on another host piece by piece, by HTTP Range, and decodes just what is asked for.
 * @param {object} file
 * @param {string} file.url
 * @param {number} file.rate of the song
 * @param {Scope} file.scope the file is given back with it
 * @param {AbortSignal} file.signal
 * @returns {Promise<Reader>} or a LoadError: `unsupported` where this browser can't do it with this file
 */
export async function openStream({url, rate, scope, signal}) {
  const library = await loadMediabunny()
  const {source, alive} = await sourceOf(library, url, scope, signal)
  const input = new library.Input({source, formats: soundFiles(library)})
  scope.add(() => input.dispose())
  const track = await patient(alive, scope, async () => {
    const found = await input.getPrimaryAudioTrack()
    if (!found || !(await found.canDecode())) throw new LoadError('unsupported')
    return found
  })
  const stream = new Stream(library, track, rate, scope, (work) => patient(alive, scope, work))
  scope.add(() => stream.close())
  await patient(alive, scope, () => stream.open(url, signal))
  return stream
}

/**
 * @param {Library} library
 * @param {string} url
 * @param {Scope} scope
 * @param {AbortSignal} signal
 */
async function sourceOf(library, url, scope, signal) {
  const options = {
    maxCacheSize: CACHE,
    fetchFn: (/** @type {string} */ input, /** @type {RequestInit} */ init) =>
      request(String(input), init, init.signal ?? signal, scope),
    getRetryDelay: (/** @type {number} */ tries, /** @type {Error} */ error) =>
      tries > TRIES || (error instanceof LoadError && error.code === 'missing') ? null : 2 ** tries / 4,
    handleUnhandledError: () => {}, // whoever reads next is told
  }
  const isFile = url.startsWith('blob:')
  const source = isFile ? new library.BlobSource(await fileAt(url), options) : new library.UrlSource(url, options)
  const alive = {silent: 0}
  source.on('read', () => (alive.silent = 0))
  return {source, alive}
}

/** @param {string} url of a file that the visitor has chosen */
const fileAt = async (url) => (await fetch(url)).blob()

/**
 * Ends work that waits for a host which sends nothing, and tells what went wrong in our words.
 * @template T
 * @param {{silent: number}} alive for how many milliseconds nothing arrived while this page was awake
 * @param {Scope} scope
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function patient(alive, scope, work) {
  const own = scope.child()
  alive.silent = 0
  const stalled = new Promise((_, reject) => {
    const check = () => {
      alive.silent += 1_000 // by ticks, not by the clock: while a laptop sleeps, nobody could have sent anything
      if (alive.silent > STALLED) reject(new LoadError('unreachable', hostedWords.unreachable, true))
    }
    own.interval(check, 1_000)
  })
  try {
    return /** @type {T} */ (await Promise.race([work(), stalled]))
  } catch (error) {
    const {name} = /** @type {Error} */ (error)
    if (error instanceof LoadError || name === 'AbortError') throw error
    if (name === 'UnsupportedInputFormatError') throw new LoadError('unsupported')
    throw new LoadError('damaged', hostedWords.damaged, true)
  } finally {
    own.dispose()
  }
}

/**
 * @param {string} url of an MP3
 * @param {AbortSignal} signal
 * @param {Scope} scope
 */
async function delayOf(url, signal, scope) {
  const file = url.startsWith('blob:') ? await fileAt(url) : null
  const bytes = async (/** @type {number} */ from, /** @type {number} */ count) => {
    if (file) return new Uint8Array(await file.slice(from, from + count).arrayBuffer())
    const response = await request(url, {headers: {Range: `bytes=${from}-${from + count - 1}`}}, signal, scope)
    return new Uint8Array(await response.arrayBuffer())
  }
  return readDelay(await bytes(firstFrame(await bytes(0, 10)), 4_096))
}

/**
 * @param {Track} track
 * @param {string} codec
 * @returns {Promise<number>} seconds
 */
async function lengthOf(track, codec) {
  // To look at the end of these would be to read all that is before it; what they say of themselves is exact.
  const told = codec === 'mp3' || codec === 'flac' || codec.startsWith('pcm') ? await track.getDurationFromMetadata() : null
  return told ?? (await track.computeDuration())
}

/** @implements {Reader} */
class Stream {
  /** @type {'stream'} */
  way = 'stream'
  /** @type {Frames} at the rate of the song */
  frames = 0
  #track
  #rate
  #scope
  #patient
  #packets
  #sink
  #fileRate = 0
  #channels = 0
  /** @type {Frames} of the file */
  #fileFrames = 0
  /** @type {Frames} that are decoded before the music begins */
  #skip = 0
  #codec = ''
  /** Every packet gives all of its sound, wherever it is begun. */
  #exact = false
  /** @type {Resampler|null} */
  #resampler = null
  /** @type {Cursor[]} the last used one first: the song plays at one place while its mix is written at another */
  #cursors = []
  /** @type {Promise<unknown>} one reads after the other */
  #queue = Promise.resolve()

  /**
   * @param {Library} library
   * @param {Track} track
   * @param {number} rate
   * @param {Scope} scope
   * @param {<T>(work: () => Promise<T>) => Promise<T>} patient
   */
  constructor(library, track, rate, scope, patient) {
    this.#scope = scope
    this.#track = track
    this.#rate = rate
    this.#patient = patient
    this.#packets = new library.EncodedPacketSink(track)
    this.#sink = new library.AudioSampleSink(track)
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async open(url, signal) {
    const track = this.#track
    const codec = await track.getCodec()
    this.#codec = codec
    this.#exact = codec.startsWith('pcm') || codec === 'flac'
    // What is decoded tells the rate: of some AAC the file names half of it.
    const samples = this.#sink.samples(-Infinity)
    const {value: sample} = await samples.next()
    void samples.return().catch(() => {})
    if (!sample) throw new LoadError('damaged', hostedWords.damaged, true)
    this.#fileRate = sample.sampleRate
    this.#channels = Math.min(CHANNELS, sample.numberOfChannels)
    sample.close()
    const delay = codec === 'mp3' ? await delayOf(url, signal, this.#scope) : null
    this.#skip = delay?.skip ?? 0
    this.#fileFrames = delay?.frames ?? Math.round((await lengthOf(track, codec)) * this.#fileRate) - this.#skip
    if (this.#fileRate !== this.#rate) this.#resampler = new Resampler(this.#fileRate, this.#rate)
    this.frames = Math.round((this.#fileFrames / this.#fileRate) * this.#rate)
  }

  /**
   * @param {Frames} at
   * @param {Frames} frames
   * @param {AbortSignal} signal
   */
  block(at, frames, signal) {
    const reading = this.#queue.then(async () => {
      signal.throwIfAborted()
      return this.#patient(() => this.#block(at, frames, signal))
    })
    this.#queue = reading.catch(() => {})
    return reading
  }

  /**
   * @param {Frames} at
   * @param {Frames} frames
   * @param {AbortSignal} signal
   */
  async #block(at, frames, signal) {
    const buffer = new AudioBuffer({length: frames, numberOfChannels: this.#channels, sampleRate: this.#rate})
    const {from, frames: count} = this.#resampler?.needs(at, frames) ?? {from: at, frames}
    const sound = await this.#read(from, count, signal)
    for (const [channel, samples] of sound.entries()) {
      const target = buffer.getChannelData(channel)
      if (!this.#resampler) target.set(samples)
      for (let done = 0; this.#resampler && done < frames; done += TURN) {
        const first = this.#resampler.needs(at + done, 1).from - from
        this.#resampler.fill(samples.subarray(first), at + done, target.subarray(done, done + TURN))
        await new Promise((resolve) => this.#scope.timeout(() => resolve(undefined), 0))
      }
    }
    return {buffer, lead: 0, frames}
  }

  /**
   * @param {Frames} from of the file; may lie before it
   * @param {Frames} count may go beyond its end: silence there
   * @param {AbortSignal} signal
   * @returns {Promise<Float32Array[]>} one for each channel
   */
  async #read(from, count, signal) {
    const sound = Array.from({length: this.#channels}, () => new Float32Array(count))
    const until = Math.min(from + count, this.#fileFrames)
    if (until <= 0 || from >= this.#fileFrames) return sound
    const cursor = await this.#cursorAt(Math.max(0, from))
    cursor.forget(from - BEHIND)
    while (cursor.end < until && !cursor.done) {
      signal.throwIfAborted()
      await cursor.advance()
    }
    cursor.copy(from, until, sound)
    cursor.forget(from + count - BEHIND)
    return sound
  }

  /** @param {Frames} frame of the file */
  async #cursorAt(frame) {
    const near = this.#cursors.find(({from, end}) => frame >= from && frame <= end + NEAR * this.#fileRate)
    const cursor = near ?? (await this.#jump(frame))
    const others = this.#cursors.filter((each) => each !== cursor)
    for (const each of others.splice(PLACES - 1)) each.close()
    this.#cursors = [cursor, ...others]
    return cursor
  }

  /** @param {Frames} frame of the file, that has to be right */
  async #jump(frame) {
    const seconds = (frame + this.#skip) / this.#fileRate - (this.#exact ? 0 : LEAD)
    const first = /** @type {Packet|null} */ (await this.#packets.getFirstPacket())
    const packet = (seconds > (first?.timestamp ?? 0) && (await this.#packets.getKeyPacket(seconds))) || first
    if (!packet) throw new LoadError('damaged', hostedWords.damaged, true)
    // The very first packet of Vorbis is meant to give nothing.
    const whole = this.#exact || (this.#codec === 'vorbis' && packet.timestamp === first?.timestamp)
    const lost = whole ? 0 : await this.#lost(packet)
    const samples = this.#sink.samples(packet.timestamp)
    const start = Math.round(packet.timestamp * this.#fileRate) + lost - this.#skip
    return new Cursor(samples, this.#fileRate, this.#channels, start, frame)
  }

  /**
   * How many frames a decoder doesn't give that is started at a packet: it differs from format to format, and between
   * browsers. (Vorbis has nothing to overlap the first packet with; some take away from Opus what they should only at
   * the start of a file.) What it does give begins after that.
   * @param {Packet} first
   */
  async #lost(first) {
    let [frames, failed] = [0, false]
    const decoder = new AudioDecoder({
      output: (data) => {
        frames += data.numberOfFrames
        data.close()
      },
      error: () => (failed = true),
    })
    try {
      decoder.configure(await this.#track.getDecoderConfig())
      let end = first.timestamp
      for (let packet = /** @type {Packet|null} */ (first), count = 0; packet && count < MEASURED; count += 1) {
        decoder.decode(packet.toEncodedAudioChunk())
        end = packet.timestamp + packet.duration
        packet = await this.#packets.getNextPacket(packet)
      }
      await decoder.flush().catch(() => (failed = true))
      return failed ? 0 : Math.round((end - first.timestamp) * this.#fileRate) - frames
    } finally {
      if (decoder.state !== 'closed') decoder.close()
    }
  }

  close() {
    for (const cursor of this.#cursors) cursor.close()
    this.#cursors = []
  }
}

/** A place in a file, up to which it is decoded, and the last of what was. */
class Cursor {
  done = false
  #samples
  #rate
  #channels
  #start
  /** @type {Frames|null} from the label of a sample to where it belongs: browsers label the first one differently */
  #shift = null
  /** @type {{at: Frames, frames: Frames, sound: Float32Array[]}[]} in order of time */
  #pieces = []

  /**
   * @param {AsyncGenerator<Sample, void>} samples
   * @param {number} rate of the file
   * @param {number} channels
   * @param {Frames} start where the first sample belongs
   * @param {Frames} from from here on it is right
   */
  constructor(samples, rate, channels, start, from) {
    this.#samples = samples
    this.#rate = rate
    this.#channels = channels
    this.#start = start
    this.from = from
    this.end = from
  }

  async advance() {
    const {value: sample, done} = await this.#samples.next()
    if (done || !sample) {
      this.done = true
      return
    }
    const label = Math.round(sample.timestamp * this.#rate)
    this.#shift ??= this.#start - label
    const at = label + this.#shift
    const frames = sample.numberOfFrames
    const sound = []
    for (let channel = 0; channel < this.#channels; channel += 1) {
      const samples = new Float32Array(frames)
      if (channel < sample.numberOfChannels) sample.copyTo(samples, {planeIndex: channel, format: 'f32-planar'})
      sound.push(samples)
    }
    sample.close()
    this.#pieces.push({at, frames, sound})
    this.end = Math.max(this.end, at + frames)
  }

  /** @param {Frames} frame what lies before it isn't needed any more */
  forget(frame) {
    while (this.#pieces[0] && this.#pieces[0].at + this.#pieces[0].frames <= frame) this.#pieces.shift()
    this.from = Math.max(this.from, Math.min(frame, this.end))
  }

  /**
   * @param {Frames} from
   * @param {Frames} until
   * @param {Float32Array[]} target its first frame is `from`
   */
  copy(from, until, target) {
    for (const {at, frames, sound} of this.#pieces) {
      const [first, last] = [Math.max(at, from, 0), Math.min(at + frames, until)]
      if (first >= last) continue
      for (const [channel, samples] of sound.entries()) target[channel]?.set(samples.subarray(first - at, last - at), first - from)
    }
  }

  close() {
    void this.#samples.return().catch(() => {})
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Piece, Run} from './run.js' */
/** @import {Gate} from './gate.js' */
/** @import {Block} from '../sources/source.js' */

/**
 * @typedef {object} Shelf where decoded segments are found
 * @property {readonly string[]} ids of the stems
 * @property {(segment: number) => Frames} reach of the segment that is there: nothing of it is missing that could still come
 * @property {(id: string, segment: number) => Block|null} block
 *
 * @typedef {object} Voice
 * @property {AudioBufferSourceNode} node
 * @property {number} starts context frame
 * @property {number} ends context frame
 */

/**
 * How long a source node is told to sound so that it gives exactly so many frames. Chromium rounds the end up, and a
 * division leaves it a hair above a whole frame often enough: the piece after it then sounded over one frame too many.
 * @param {Frames} frames
 * @param {number} rate frames per second
 */
export const toDuration = (frames, rate) => (frames - 0.25) / rate

/**
 * Turns a run into sound: starts all stems of a piece at one common frame, piece after piece, and knows where the
 * scheduled sound ends. It never decides to play, wait or seek.
 */
export class Scheduler {
  #context
  #shelf
  #gate
  #grid
  #input
  #onended
  /** @type {Set<Voice>} */
  #voices = new Set()
  /** @type {Run|null} */
  #run = null
  /** @type {Frames} elapsed frames up to which the run is scheduled */
  #next = 0

  /**
   * @param {object} parts
   * @param {BaseAudioContext} parts.context
   * @param {Shelf} parts.shelf
   * @param {Gate} parts.gate
   * @param {Frames} parts.grid frames of a segment
   * @param {(id: string) => AudioNode} parts.input where the sound of a stem goes
   * @param {() => void} [parts.onended] a piece has sounded
   */
  constructor({context, shelf, gate, grid, input, onended}) {
    this.#context = context
    this.#shelf = shelf
    this.#gate = gate
    this.#grid = grid
    this.#input = input
    this.#onended = onended
  }

  /** Context frame at which the scheduled sound ends. */
  get edge() {
    return this.#run ? this.#run.contextFrame(this.#next) : 0
  }

  /** Elapsed frames of the run that are scheduled. */
  get scheduled() {
    return this.#next
  }

  /** Everything up to the end of the song is scheduled. */
  get complete() {
    return this.#run !== null && this.#next >= this.#run.length
  }

  /** Nodes that sound or will. */
  get voices() {
    return this.#voices.size
  }

  /**
   * @param {Run} run
   * @param {Frames} until elapsed frames that should be scheduled at once
   */
  start(run, until) {
    this.#run = run
    this.#next = 0
    this.#gate.open(run.at)
    this.fill(until)
  }

  /**
   * Schedules what is ready, up to `until`.
   * @param {Frames} until elapsed frames
   */
  fill(until) {
    const run = this.#run
    if (!run) return
    let piece = this.#next < until ? run.piece(this.#next, this.#grid) : null
    if (!piece || this.#shelf.reach(piece.segment) <= piece.offset) return
    this.#gate.stayOpen()
    while (piece && piece.elapsed < until && this.#shelf.reach(piece.segment) > piece.offset) {
      piece.frames = Math.min(piece.frames, this.#shelf.reach(piece.segment) - piece.offset)
      this.#sound(run, piece)
      this.#next = piece.elapsed + piece.frames
      piece = run.piece(this.#next, this.#grid)
    }
    if (!this.complete) this.#gate.shutAt(this.edge)
  }

  /**
   * Silence from `frame` + fade on.
   * @param {number} frame
   */
  stop(frame) {
    if (!this.#run) return
    this.#run = null
    this.#gate.close(frame)
    this.#cut(frame + this.#gate.fade)
  }

  /**
   * Goes on with a run that sounds the same for `same` frames.
   * @param {Run} run
   * @param {Frames} elapsed where the old run is, which is where the new one starts
   * @param {Frames} same
   */
  follow(run, elapsed, same) {
    this.#next = Math.max(0, this.#next - elapsed)
    this.#run = run
    this.#gate.stayOpen()
    if (this.#next > same) {
      this.#next = same
      this.#cut(run.contextFrame(same))
    }
    if (!this.complete) this.#gate.shutAt(this.edge)
  }

  /** Ends everything at once. */
  clear() {
    this.#run = null
    this.#cut(0)
  }

  /**
   * @param {Run} run
   * @param {Piece} piece
   */
  #sound(run, piece) {
    const starts = run.contextFrame(piece.elapsed)
    const ends = run.contextFrame(piece.elapsed + piece.frames)
    for (const id of this.#shelf.ids) {
      const block = this.#shelf.block(id, piece.segment)
      const frames = block ? Math.min(piece.frames, block.frames - piece.offset) : 0
      if (!block?.buffer || frames <= 0) continue
      const node = this.#context.createBufferSource()
      node.buffer = block.buffer
      node.playbackRate.value = run.speed
      node.connect(this.#input(id))
      const voice = {node, starts, ends}
      this.#voices.add(voice)
      node.onended = () => {
        this.#drop(voice)
        this.#onended?.()
      }
      const rate = block.buffer.sampleRate
      // At another speed the end falls between frames anyway, and a quarter less would be a hole.
      const duration = run.speed === 1 ? toDuration(frames, rate) : frames / rate
      node.start(starts / this.#context.sampleRate, (block.lead + piece.offset) / rate, duration)
    }
  }

  /** @param {number} frame after which nothing sounds */
  #cut(frame) {
    for (const voice of this.#voices) {
      if (voice.ends <= frame) continue
      voice.ends = frame
      voice.node.stop(frame / this.#context.sampleRate)
      if (voice.starts >= frame) this.#drop(voice)
    }
  }

  /** @param {Voice} voice */
  #drop(voice) {
    voice.node.onended = null
    voice.node.disconnect()
    this.#voices.delete(voice)
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Clock} from './clock.js' */
/** @import {Scheduler} from './scheduler.js' */
/** @import {Bank} from './bank.js' */
/** @import {Loop} from './run.js' */
import {Emitter} from '../core/emitter.js'
import {clamp, toFrames} from '../core/frames.js'
import {Run} from './run.js'

/** Seconds of sound that are handed to the audio context ahead of time. */
const SCHEDULED = 3
/** Seconds of sound that are kept decoded ahead of time. */
const DECODED = 10
/** Seconds that have to be ready before playing starts, and before it goes on after it ran dry. */
const ENOUGH = 0.4
const ENOUGH_AFTER_DRY = 4
/** All stems of a run start this long after the decision, together. */
const START_AHEAD = 0.04

/**
 * @typedef {'paused'|'waiting'|'playing'} State
 * @typedef {object} Deck what makes the sound, as long as its context lives
 * @property {Clock} clock
 * @property {Scheduler} scheduler
 * @property {{settle: (frame: number) => void}} mixer
 * @property {Frames} fade
 */

/**
 * Decides what is heard now. It alone makes runs, and so moves the time anchor: see docs/scheduling.md.
 * @extends {Emitter<{change: State, ended: void}>}
 */
export class Transport extends Emitter {
  #bank
  #rate
  #grid
  /** @type {Deck|null} */
  #deck = null
  /** @type {State} */
  #state = 'paused'
  /** @type {Frames} where playing will start; while playing, the run knows */
  #position = 0
  /** @type {Run|null} */
  #run = null
  /** @type {Loop|null} */
  #loop = null
  #speed = 1
  /** Context frame before which no run may start, because another still fades out. */
  #notBefore = 0
  #ranDry = false
  #startAhead = START_AHEAD

  /**
   * @param {object} song
   * @param {Bank} song.bank
   * @param {Frames} song.frames its length
   * @param {number} song.rate
   * @param {Frames} song.grid frames of a segment
   */
  constructor({bank, frames, rate, grid}) {
    super()
    this.#bank = bank
    this.frames = frames
    this.#rate = rate
    this.#grid = grid
  }

  get state() {
    return this.#state
  }

  /** The time anchor, while something is scheduled. */
  get run() {
    return this.#run
  }

  get loop() {
    return this.#loop
  }

  get speed() {
    return this.#speed
  }

  /**
   * Where in the song we are.
   * @param {number} [latency] frames between the clock and the ear
   * @returns {Frames}
   */
  position(latency = 0) {
    if (!this.#run || !this.#deck) return this.#position
    return this.#run.position(this.#run.elapsed(this.#deck.clock.now() - latency))
  }

  /** Why nothing is heard although it should. */
  get waitingFor() {
    if (this.#state === 'paused') return null
    if (this.#state === 'playing') return this.#deck?.clock.running ? null : 'context'
    const piece = this.#nextRun(0).piece(0, this.#grid)
    if (piece && !this.#bank.exists(piece.segment)) return 'growing'
    return this.#deck?.clock.running ? 'loading' : 'context'
  }

  /** @param {Deck} deck */
  attach(deck) {
    this.#deck = deck
    this.#notBefore = 0
    this.pass()
  }

  /** The context is gone; what played, waits for another. */
  detach() {
    this.#position = this.position()
    this.#deck?.scheduler.clear()
    this.#run = null
    this.#deck = null
    if (this.#state === 'playing') this.#enter('waiting')
  }

  play() {
    if (this.#state !== 'paused') return
    if (this.#position >= this.frames) this.#position = this.#loop?.from ?? 0
    this.#ranDry = false
    this.#enter('waiting')
    this.pass()
  }

  pause() {
    if (this.#state === 'paused') return
    this.#breakOff()
    this.#enter('paused')
    this.pass()
  }

  /** @param {Frames} frame */
  seek(frame) {
    this.#breakOff()
    this.#position = clamp(Math.round(frame), 0, this.frames)
    this.#ranDry = false
    this.#enter(this.#state === 'paused' ? 'paused' : 'waiting')
    this.pass()
  }

  /** @param {Loop|null} loop */
  setLoop(loop) {
    this.#loop = loop
    this.#bend()
  }

  /** @param {Frames} frames the song is longer or shorter than it seemed */
  setLength(frames) {
    if (frames === this.frames) return
    this.frames = frames
    this.#bend()
  }

  /** What plays goes on at this very frame with another loop, or to another end. */
  #bend() {
    const [run, deck] = [this.#run, this.#deck]
    if (run && deck) {
      const elapsed = run.elapsed(deck.clock.now())
      const next = run.bent(elapsed, this.#loop, this.frames)
      if (this.#mayExtend(deck) && next.same > 2 * deck.clock.margin * this.#speed) {
        deck.scheduler.follow(next.run, elapsed, next.same)
        this.#run = next.run
      } else {
        this.#restart()
      }
    }
    this.emit('change', this.#state)
    this.pass()
  }

  /**
   * @param {number} speed 1 is as it was recorded
   * @param {number} [rest] seconds of silence before it goes on, in which the graph can be changed
   */
  setSpeed(speed, rest = 0) {
    if (speed === this.#speed && rest === 0) return
    const playing = this.#run !== null
    this.#breakOff()
    this.#speed = speed
    this.#notBefore += toFrames(rest, this.#rate)
    if (playing) this.#enter('waiting')
    this.pass()
  }

  /** Looks at the clock and at what is ready, and does what is due. Harmless at any time. */
  pass() {
    const deck = this.#deck
    if (!deck) return
    if (this.#state === 'playing') this.#goOn(deck)
    if (this.#state === 'waiting') this.#tryStart(deck)
    if (this.#state === 'paused') this.#prepare(this.#nextRun(0), 0, ENOUGH)
  }

  /** @param {Deck} deck */
  #goOn(deck) {
    const {clock, scheduler} = deck
    const run = /** @type {Run} */ (this.#run)
    if (clock.now() >= scheduler.edge) {
      this.#position = run.position(scheduler.scheduled)
      this.#run = null
      if (scheduler.complete) {
        this.#enter('paused')
        this.emit('ended', undefined)
      } else {
        this.#ranDry = true
        this.#enter('waiting')
      }
      return
    }
    const elapsed = run.elapsed(clock.now())
    this.#prepare(run, elapsed, DECODED)
    if (this.#mayExtend(deck)) scheduler.fill(elapsed + toFrames(SCHEDULED, this.#rate))
  }

  /** @param {Deck} deck */
  #tryStart(deck) {
    const {clock, scheduler} = deck
    this.#prepare(this.#nextRun(0), 0, DECODED)
    if (!clock.running || !this.#enough()) return
    const soon = clock.now() + clock.margin + toFrames(this.#startAhead, this.#rate)
    const run = this.#nextRun(Math.max(soon, this.#notBefore))
    deck.mixer.settle(run.at + deck.fade)
    scheduler.start(run, toFrames(SCHEDULED, this.#rate))
    if (clock.now() >= run.at) {
      // Too slow: a node that starts late plays from its beginning, and the stems would part. Once more, with more time.
      this.#startAhead = Math.min(1, this.#startAhead * 2)
      scheduler.clear()
      this.#notBefore = clock.now() + clock.margin
      return
    }
    this.#run = run
    this.#enter('playing')
  }

  #enough() {
    const run = this.#nextRun(0)
    const enough = toFrames(this.#ranDry ? ENOUGH_AFTER_DRY : ENOUGH, this.#rate) * this.#speed
    let elapsed = 0
    for (let piece = run.piece(0, this.#grid); piece && elapsed < enough; piece = run.piece(elapsed, this.#grid)) {
      const reach = this.#bank.reach(piece.segment) - piece.offset
      if (reach < Math.min(piece.frames, enough - elapsed)) return false
      elapsed += piece.frames
    }
    return true
  }

  /**
   * @param {Run} run
   * @param {Frames} elapsed
   * @param {number} seconds
   */
  #prepare(run, elapsed, seconds) {
    this.#bank.focus(run.segments(elapsed, toFrames(seconds, this.#rate), this.#grid))
  }

  /** @param {number} at */
  #nextRun(at) {
    return new Run({at, from: Math.min(this.#position, this.frames), end: this.frames, loop: this.#loop, speed: this.#speed})
  }

  /**
   * The closing of the gate at the edge can still be taken back.
   * @param {Deck} deck
   */
  #mayExtend({clock, scheduler, fade}) {
    return clock.now() + clock.margin < scheduler.edge - fade
  }

  /** Fades out; the position is where the sound ends. */
  #breakOff() {
    if (!this.#run || !this.#deck) return
    const {clock, scheduler, fade} = this.#deck
    const silent = clock.now() + clock.margin + fade
    this.#position = this.#run.position(this.#run.elapsed(silent))
    scheduler.stop(silent - fade)
    this.#notBefore = silent
    this.#run = null
  }

  #restart() {
    this.#breakOff()
    this.#enter('waiting')
  }

  /** @param {State} state */
  #enter(state) {
    this.#state = state
    this.emit('change', state)
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Source} from '../sources/source.js' */
/** @import {Levels} from '../graph/mixer.js' */
/** @import {Loop} from './run.js' */
import {Emitter} from '../core/emitter.js'
import {Scope} from '../core/scope.js'
import {toFrames, toSeconds} from '../core/frames.js'
import {Bank} from './bank.js'
import {ContextClock} from './clock.js'
import {ContextWatch} from './context-watch.js'
import {Deck} from './deck.js'
import {reasonFor} from './reasons.js'
import {Tempo} from './tempo.js'
import {Transport} from './transport.js'

const TICK = 100
/** A paused context goes to sleep after this long. */
const DOZE = 10_000
/** Milliseconds that a context may take to start before we say that the system stopped it. */
const STARTING = 1_500

/**
 * The player without its face: sources in, sound out. Loads nothing and makes no context before `play()`.
 * @extends {Emitter<{change: void, ended: void, failed: {id: string, reason: string}, unstretched: void}>}
 */
export class Engine extends Emitter {
  #scope = new Scope()
  #rate
  #grid
  #createContext
  #bank = new Bank()
  #transport
  #tempo
  /** @type {{context: AudioContext, deck: Deck, scope: Scope, watch: ContextWatch}|null} */
  #live = null
  /** @type {Levels} */
  #levels = {stems: [], master: 1}
  /** @type {Source[]} those that play beside the graph */
  #followers = []
  /** @type {(() => void)|null} */
  #dozing = null
  /** A context needs a moment to start. */
  #startingUntil = 0

  /**
   * @param {object} song
   * @param {number} song.rate
   * @param {Frames} song.frames
   * @param {Frames} song.grid frames of a segment
   * @param {(rate: number) => AudioContext} song.createContext called in the listener's gesture
   */
  constructor({rate, frames, grid, createContext}) {
    super()
    this.#rate = rate
    this.#grid = grid
    this.#createContext = createContext
    this.#transport = new Transport({bank: this.#bank, frames, rate, grid})
    this.#tempo = new Tempo(this.#transport, this.#scope)
    this.#transport.on('change', () => this.#changed())
    this.#transport.on('ended', () => this.emit('ended', undefined))
    this.#bank.on('change', () => this.#transport.pass())
    this.#bank.on('failed', ({id, error}) => this.emit('failed', {id, reason: reasonFor(error)}))
    this.#scope.interval(() => {
      if (this.#transport.state === 'paused') return
      this.#transport.pass()
      this.#live?.deck.mixer.rest(this.#live.deck.clock.now())
      this.#lead()
    }, TICK)
    this.#scope.add(() => this.#bank.clear())
    this.#scope.add(() => this.#unplug())
  }

  get state() {
    return this.#transport.state
  }

  get waitingFor() {
    const reason = this.#transport.waitingFor
    return reason === 'context' && performance.now() < this.#startingUntil ? 'loading' : reason
  }

  get loop() {
    return this.#transport.loop
  }

  /** Speed and pitch. */
  get tempo() {
    return this.#tempo.value
  }

  get bank() {
    return this.#bank
  }

  /** The last node before the loudspeaker, once there is one. */
  get output() {
    return this.#live?.deck.mixer.output ?? null
  }

  /** @returns {Frames} what is heard now */
  get position() {
    const latency = (this.#live?.context.outputLatency || 0) + this.#tempo.latency
    return this.#transport.position(toFrames(latency, this.#rate))
  }

  /** @param {Frames} frames how long the song is after all */
  setLength(frames) {
    this.#transport.setLength(frames)
  }

  /** @param {Source[]} sources */
  setSources(sources) {
    this.#followers = sources.filter((source) => source.follow)
    this.#bank.setSources(sources)
    this.#lead()
  }

  /** @param {Levels} levels */
  setLevels(levels) {
    this.#levels = levels
    this.#lead()
    if (!this.#live) return
    const {mixer, clock} = this.#live.deck
    // Not before sound begins: through a ramp in silence the browser may sleep.
    mixer.apply(levels, Math.max(clock.now() + clock.margin, this.#transport.run?.at ?? 0))
  }

  /** Call it in the listener's gesture. */
  play() {
    this.#dozing?.()
    this.#startingUntil = performance.now() + STARTING
    this.#scope.timeout(() => this.emit('change', undefined), STARTING)
    this.#plugIn()
    this.#transport.play()
    this.#live?.watch.wake()
    // iOS lets a context start only when resume() is called in the gesture, before sound is wanted.
    void this.#live?.context.resume().catch(() => {})
  }

  pause() {
    this.#transport.pause()
  }

  /** @param {Frames} frame */
  seek(frame) {
    this.#transport.seek(frame)
  }

  /** @param {Loop|null} loop */
  setLoop(loop) {
    this.#transport.setLoop(loop)
  }

  /**
   * @param {{speed: number, pitch: number}} tempo pitch in semitones
   * @returns {Promise<void>} fails when the library for it can't be had; then nothing has changed
   */
  setTempo(tempo) {
    return this.#tempo.set(tempo).finally(() => this.emit('change', undefined))
  }

  /** @param {string} id */
  retry(id) {
    this.#bank.retry(id)
  }

  /** @param {string} id */
  level(id) {
    return this.#transport.state === 'playing' && this.#live ? this.#live.deck.mixer.level(id) : 0
  }

  dispose() {
    this.#scope.dispose()
    this.#transport.clear()
    this.clear()
  }

  #plugIn() {
    if (this.#live?.context.state === 'closed') this.#unplug()
    if (this.#live) return
    const context = this.#createContext(this.#rate)
    const scope = this.#scope.child()
    const clock = new ContextClock(context)
    const pass = () => this.#transport.pass()
    const deck = new Deck({context, clock, bank: this.#bank, grid: this.#grid, onended: pass})
    const watch = new ContextWatch(context, scope, () => this.#transport.state !== 'paused')
    watch.on('state', () => {
      if (context.state === 'running') this.#startingUntil = 0
      this.#transport.pass()
      this.emit('change', undefined)
    })
    watch.on('frozen', () => {
      this.#unplug()
      this.#plugIn()
    })
    this.#live = {context, deck, scope, watch}
    deck.mixer.apply(this.#levels, 0)
    // At another pitch nothing sounds before what makes it so is there.
    void this.#tempo
      .attach(context, deck.mixer)
      .catch(() => this.emit('unstretched', undefined))
      .finally(() => this.#live?.deck === deck && this.#transport.attach(deck))
  }

  #unplug() {
    if (!this.#live) return
    const {context, deck, scope} = this.#live
    this.#live = null
    this.#transport.detach()
    this.#tempo.detach()
    scope.dispose()
    deck.dispose()
    if (context.state !== 'closed') context.close().catch(() => {})
  }

  /** Tells what plays beside the graph what should be heard now. */
  #lead() {
    if (this.#followers.length === 0) return
    const {state, run} = this.#transport
    const clock = this.#live?.deck.clock
    const sounding = state === 'playing' && run !== null && clock?.running === true && clock.heard() >= run.at
    const at = toSeconds(this.#heard, this.#rate)
    const gains = new Map(this.#levels.stems.map(({id, gain}) => [id, gain * this.#levels.master]))
    const {speed} = this.#transport
    for (const source of this.#followers) source.follow?.({sounding, at, speed, gain: gains.get(source.id) ?? 0})
  }

  /** @returns {Frames} like `position`, but as exact as the machine can tell */
  get #heard() {
    const clock = this.#live?.deck.clock
    return clock ? this.#transport.position(clock.now() - clock.heard() + toFrames(this.#tempo.latency, this.#rate)) : this.position
  }

  #changed() {
    this.#lead()
    this.#dozing?.()
    this.#dozing = null
    if (this.#transport.state === 'paused' && !this.#scope.disposed) {
      this.#dozing = this.#scope.timeout(() => void this.#live?.context.suspend().catch(() => {}), DOZE)
    }
    this.emit('change', undefined)
  }
}

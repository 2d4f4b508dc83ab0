/** @import {Frames} from './core/frames.js' */
/** @import {Manifest} from './core/manifest-types.js' */
/** @import {Scope} from './core/scope.js' */
/** @import {Engine} from './engine/engine.js' */
/** @import {Loop} from './engine/run.js' */
/** @import {HostedStems} from './sources/hosted/stems.js' */
/** @import {Findings} from './sources/hosted/hosted.js' */
/** @import {Quality} from './sources/rendition.js' */
/** @import {Source} from './sources/source.js' */
/** @import {Mix} from './state/mix.js' */
import {Emitter} from './core/emitter.js'
import {isHosted, isSettled, rateOf} from './core/manifest.js'
import {createContext} from './engine/context.js'

/** The engine and all that it imports, side by side. */
const fetchEngine = () =>
  Promise.all([
    import('./engine/engine.js'),
    import('./sources/of-share.js'),
    import('./engine/bank.js'),
    import('./engine/clock.js'),
    import('./engine/context-watch.js'),
    import('./engine/deck.js'),
    import('./engine/gate.js'),
    import('./engine/reasons.js'),
    import('./engine/run.js'),
    import('./engine/scheduler.js'),
    import('./engine/tempo.js'),
    import('./engine/transport.js'),
    import('./graph/envelope.js'),
    import('./graph/mixer.js'),
    import('./graph/strip.js'),
    import('./sources/beginning.js'),
    import('./sources/fetcher.js'),
    import('./sources/kept.js'),
    import('./sources/rendition.js'),
    import('./sources/source.js'),
    import('./sources/throughput.js'),
  ])

/**
 * One listener's session with one share. Until somebody presses play it only remembers what the engine will be told,
 * which is fetched then. What plays hosted stems is fetched where there are any.
 * @extends {Emitter<{change: void, length: void, ended: void, failed: {id: string, reason: string}, found: Findings,
 *   line: boolean, trouble: 'engine'|'stretch'}>}
 */
export class Session extends Emitter {
  #scope
  #mix
  #createContext
  /** @type {Manifest|null} */
  #manifest = null
  /** @type {Engine|null} */
  #engine = null
  /** @type {Awaited<ReturnType<typeof fetchEngine>>|null} */
  #modules = null
  /** @type {((manifest: Manifest) => Source[])|null} kept ones */
  #makeSources = null
  /** @type {Promise<HostedStems>|null} */
  #fetching = null
  /** @type {HostedStems|null} */
  #hosted = null
  /** @type {AudioContext|null} made in the gesture; the engine for it is on its way, one at a time */
  #first = null
  /** Sound is wanted as soon as the engine is there. */
  #wanted = false
  /** @type {number|null} */
  #rate = null
  /** @type {Frames|null} */
  #frames = null
  /** @type {Frames} */
  #position = 0
  /** @type {Loop|null} */
  #loop = null
  #tempo = {speed: 1, pitch: 0}
  /** @type {Quality} */
  quality = 'auto'

  /**
   * @param {Scope} scope
   * @param {Mix} mix
   * @param {(rate: number) => AudioContext} [contextMaker]
   */
  constructor(scope, mix, contextMaker = createContext) {
    super()
    this.#scope = scope
    this.#mix = mix
    this.#createContext = contextMaker
    mix.on('change', () => this.#engine?.setLevels(mix.levels))
  }

  /** The length and rate of the song are known. */
  get ready() {
    return Boolean(this.#frames && this.#rate)
  }

  /** Frames per second of the song, as soon as they are known. */
  get rate() {
    return this.#rate
  }

  /** Length of the song: that of its longest stem. Null while it isn't known. */
  get frames() {
    return this.#frames
  }

  get state() {
    return this.#engine?.state ?? (this.#wanted ? 'waiting' : 'paused')
  }

  get waitingFor() {
    return this.#engine?.waitingFor ?? (this.#wanted ? 'loading' : null)
  }

  get position() {
    return this.#engine?.position ?? Math.min(this.#position, this.#frames ?? Infinity)
  }

  get tempo() {
    return this.#engine?.tempo ?? this.#tempo
  }

  get output() {
    return this.#engine?.output ?? null
  }

  /** @param {string} id */
  level(id) {
    return this.#engine?.level(id) ?? 0
  }

  /** @param {Manifest} manifest */
  update(manifest) {
    const rate = rateOf(manifest)
    if (rate !== this.#rate) this.#forget()
    this.#rate = rate
    this.#manifest = manifest
    this.#engine?.setLevels(this.#mix.levels)
    // What nobody has measured has to be looked at to draw a time line.
    void this.#follow(this.#engine !== null || manifest.stems.some((stem) => isHosted(stem) && !stem.seconds))
  }

  /** Fetches the engine, as somebody is about to press play. */
  prepare() {
    if (!this.#modules) void fetchEngine().catch(() => {})
    void this.#follow(true)
  }

  /** In the listener's gesture: the context is made at once, the rest comes as fast as it can. */
  play() {
    this.#hosted?.unlock()
    if (!this.ready) return
    if (this.#engine) return this.#engine.play()
    if (!this.#first) void this.#start(Number(this.#rate))
    this.#wanted = true
    this.emit('change', undefined)
  }

  pause() {
    this.#wanted = false
    this.#engine?.pause()
    this.emit('change', undefined)
  }

  /** @param {Frames} frame may lie behind the end, or behind what is known of it: it is gone to as far as the song reaches */
  seek(frame) {
    this.#position = Math.max(0, frame)
    this.#engine?.seek(frame)
  }

  /** @param {Loop|null} loop */
  setLoop(loop) {
    this.#loop = loop
    this.#engine?.setLoop(loop)
  }

  /** @param {{speed: number, pitch: number}} tempo */
  async setTempo(tempo) {
    this.#tempo = tempo
    await this.#engine?.setTempo(tempo)
  }

  /** What it takes to write the mix to a file: see engine/render.js. */
  async song() {
    await this.#follow(true)
    await this.#hosted?.whole()
    const [, {gridOf, sourceMaker}] = (this.#modules ??= await fetchEngine())
    const [manifest, rate, scope] = [/** @type {Manifest} */ (this.#manifest), Number(this.#rate), this.#scope]
    const sources = [...this.#maker(sourceMaker)(manifest), ...(this.#hosted?.all ?? [])]
    return {sources, levels: this.#mix.levels, rate, frames: Number(this.#frames), grid: gridOf(manifest), signal: scope.signal}
  }

  /** @param {string} id */
  retry(id) {
    this.#hosted?.get(id)?.retry()
    this.#engine?.retry(id)
  }

  /** @param {string} id of a hosted stem: what is known of it */
  found(id) {
    return this.#hosted?.get(id) ?? null
  }

  /** @param {number} rate */
  async #start(rate) {
    const first = (this.#first = this.#createContext(rate))
    void first.resume().catch(() => {})
    try {
      const [{Engine}, {gridOf, sourceMaker}] = (this.#modules ??= await fetchEngine())
      await this.#follow(true)
      if (this.#scope.disposed || first !== this.#first) return void first.close()
      const manifest = /** @type {Manifest} */ (this.#manifest)
      const createContext = () => this.#first ?? this.#createContext(rate)
      const engine = new Engine({rate, frames: Number(this.#frames), grid: gridOf(manifest), createContext})
      this.#scope.add(() => engine.dispose())
      this.#engine = engine
      this.#makeSources = this.#maker(sourceMaker)
      engine.setLevels(this.#mix.levels)
      engine.seek(this.#position)
      engine.setLoop(this.#loop)
      this.#giveSources()
      engine.on('change', () => this.emit('change', undefined))
      engine.on('ended', () => this.emit('ended', undefined))
      engine.on('failed', (failure) => this.emit('failed', failure))
      engine.on('unstretched', () => this.emit('trouble', 'stretch'))
      void engine.setTempo(this.#tempo)
      if (this.#wanted) engine.play()
      else void first.close()
    } catch {
      void first.close().catch(() => {})
      if (first !== this.#first) return
      this.emit('trouble', 'engine')
    }
    this.#first = null
    this.#wanted = false
    this.emit('change', undefined)
  }

  /** @param {typeof import('./sources/of-share.js').sourceMaker} sourceMaker */
  #maker(sourceMaker) {
    return sourceMaker(this.#scope, Number(this.#rate), () => this.quality, (up) => this.emit('line', up))
  }

  /** @param {boolean} open whether hosted stems are looked at now: how each can be played, and how long it is */
  async #follow(open) {
    if (this.#hosted || this.#manifest?.stems.some(isHosted)) {
      try {
        const hosted = await (this.#fetching ??= this.#fetchHosted())
        if (hosted !== this.#hosted || this.#scope.disposed) return
        hosted.sync(this.#manifest?.stems ?? [])
        if (open) hosted.open()
      } catch {
        this.#fetching = null
        this.emit('trouble', 'engine')
      }
    }
    this.#measure()
    this.#giveSources()
  }

  async #fetchHosted() {
    const [{HostedStems}, {gridOf}] = await Promise.all([import('./sources/hosted/stems.js'), import('./sources/of-share.js')])
    const hosted = new HostedStems(this.#scope, Number(this.#rate), gridOf(/** @type {Manifest} */ (this.#manifest)))
    this.#hosted = hosted
    hosted.on('change', (found) => {
      this.#measure()
      this.emit('found', found)
    })
    hosted.on('retried', (id) => this.#engine?.retry(id))
    return hosted
  }

  /** Nothing of what was made for another rate is of any use. */
  #forget() {
    this.pause()
    this.#engine?.dispose()
    this.#engine = null
    this.#first = null
    this.#makeSources = null
    this.#hosted?.dispose()
    this.#hosted = null
    this.#fetching = null
  }

  #measure() {
    if (!this.#manifest || !this.#rate) return
    const frames = this.#hosted ? this.#hosted.lengthOf(this.#manifest, this.#frames) : this.#manifest.frames
    if (frames === this.#frames || (!frames && !isSettled(this.#manifest))) return // the next attempt finds the same
    this.#frames = frames
    if (frames) this.#engine?.setLength(frames)
    else if (!this.#hosted) this.pause() // nothing will come
    this.emit('length', undefined)
  }

  #giveSources() {
    if (!this.#manifest || !this.#makeSources) return
    this.#engine?.setSources([...this.#makeSources(this.#manifest), ...(this.#hosted?.all ?? [])])
  }
}

/** @import {Frames} from './core/frames.js' */
/** @import {Manifest} from './core/manifest-types.js' */
/** @import {Scope} from './core/scope.js' */
/** @import {Engine} from './engine/engine.js' */
/** @import {Loop} from './engine/run.js' */
/** @import {Quality} from './sources/rendition.js' */
/** @import {Source} from './sources/source.js' */
/** @import {Mix} from './state/mix.js' */
import {Emitter} from './core/emitter.js'
import {createContext} from './engine/context.js'

/** The engine and all that it imports, asked for side by side; the browser would find them one after the other. */
const fetchEngine = () =>
  Promise.all([
    import('./engine/engine.js'),
    import('./sources/of-share.js'),
    import('./engine/bank.js'),
    import('./engine/clock.js'),
    import('./engine/context-watch.js'),
    import('./engine/deck.js'),
    import('./engine/gate.js'),
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
 * One listener's session with one share. Until somebody presses play it only remembers what the engine will be told;
 * the engine itself is fetched then.
 * @extends {Emitter<{change: void, ended: void, failed: {id: string, error: Error}, trouble: 'engine'|'stretch'}>}
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
  /** @type {((manifest: Manifest) => Source[])|null} */
  #makeSources = null
  #starting = false
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
    return Boolean(this.#manifest?.frames && this.#manifest.sample_rate)
  }

  get state() {
    return this.#engine?.state ?? (this.#starting ? 'waiting' : 'paused')
  }

  get waitingFor() {
    return this.#engine?.waitingFor ?? (this.#starting ? 'loading' : null)
  }

  get position() {
    return this.#engine?.position ?? this.#position
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
    this.#manifest = manifest
    this.#engine?.setLevels(this.#mix.levels)
    this.#giveSources()
  }

  /** Fetches the engine, as somebody is about to press play. */
  prepare() {
    if (!this.#modules) void fetchEngine().catch(() => {})
  }

  /** In the listener's gesture: the context is made at once, the rest comes as fast as it can. */
  play() {
    if (this.#engine) return this.#engine.play()
    if (!this.ready || this.#starting) return
    this.#starting = true
    const rate = Number(this.#manifest?.sample_rate)
    const context = this.#createContext(rate)
    void context.resume().catch(() => {})
    this.emit('change', undefined)
    this.#start(rate, context).catch(() => {
      this.#starting = false
      void context.close().catch(() => {})
      this.emit('trouble', 'engine')
      this.emit('change', undefined)
    })
  }

  pause() {
    this.#starting = false
    this.#engine?.pause()
    this.emit('change', undefined)
  }

  /** @param {Frames} frame */
  seek(frame) {
    this.#position = frame
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

  /**
   * The mix as it is heard, as a file.
   * @param {(part: number) => void} progress
   */
  async renderMix(progress) {
    const manifest = this.#manifest
    if (!manifest?.frames || !manifest.sample_rate) throw new Error('the song is not known yet')
    const [, {gridOf, sourceMaker}] = (this.#modules ??= await fetchEngine())
    const {renderMix} = await import('./engine/render.js')
    const {frames, sample_rate: rate} = manifest
    const sources = sourceMaker(this.#scope, rate, () => this.quality)(manifest)
    const [signal, levels] = [this.#scope.signal, this.#mix.levels]
    return renderMix({sources, levels, rate, frames, grid: gridOf(manifest), signal, progress})
  }

  /** @param {string} id */
  retry(id) {
    this.#engine?.retry(id)
  }

  /**
   * @param {number} rate
   * @param {AudioContext} first made in the gesture
   */
  async #start(rate, first) {
    const [{Engine}, {gridOf, sourceMaker}] = (this.#modules ??= await fetchEngine())
    if (this.#scope.disposed) return void first.close()
    const manifest = /** @type {Manifest} */ (this.#manifest)
    /** @type {AudioContext|null} */
    let made = first
    const next = () => {
      const context = made ?? this.#createContext(rate)
      made = null
      return context
    }
    const engine = new Engine({rate, frames: Number(manifest.frames), grid: gridOf(manifest), createContext: next})
    this.#scope.add(() => engine.dispose())
    this.#engine = engine
    this.#makeSources = sourceMaker(this.#scope, rate, () => this.quality)
    engine.setLevels(this.#mix.levels)
    engine.seek(this.#position)
    engine.setLoop(this.#loop)
    this.#giveSources()
    engine.on('change', () => this.emit('change', undefined))
    engine.on('ended', () => this.emit('ended', undefined))
    engine.on('failed', (failure) => this.emit('failed', failure))
    engine.setTempo(this.#tempo).catch(() => this.emit('trouble', 'stretch'))
    if (this.#starting) engine.play()
    else void first.suspend().catch(() => {})
    this.#starting = false
    this.emit('change', undefined)
  }

  #giveSources() {
    if (this.#manifest && this.#makeSources) this.#engine?.setSources(this.#makeSources(this.#manifest))
  }
}

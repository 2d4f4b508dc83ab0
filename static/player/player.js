/** @import {Frames} from './core/frames.js' */
/** @import {Manifest} from './core/manifest.js' */
/** @import {Loop} from './engine/run.js' */
/** @import {Problem} from './state/poller.js' */
import {Emitter} from './core/emitter.js'
import {Scope} from './core/scope.js'
import {clamp, toFrames, toSeconds} from './core/frames.js'
import {availableFrames} from './core/manifest.js'
import {PeaksLoader} from './draw/peaks-loader.js'
import {canPlay} from './engine/context.js'
import {canStretch} from './graph/stretch.js'
import {hasChoice, Session} from './session.js'
import {Mix} from './state/mix.js'
import {Poller} from './state/poller.js'
import {Looping} from './state/looping.js'
import {Settings} from './state/settings.js'
import {announce} from './state/media-session.js'
import {writeLink} from './state/link.js'
import {Bar} from './ui/bar.js'
import {copyText, showHelp} from './ui/dialog.js'
import {el, text} from './ui/dom.js'
import {listenToKeys} from './ui/keyboard.js'
import {Lanes} from './ui/lanes.js'
import {Menu} from './ui/menu.js'
import {Stage} from './ui/stage.js'
import {messageFor, reasonFor, statusFor} from './ui/status.js'
import {TempoPanel} from './ui/tempo-panel.js'
import {words} from './words.js'

/** Another player on the page that hears this pauses. */
const PLAYING = 'stemlink:playing'

/**
 * @typedef {object} Options
 * @property {string} manifestUrl
 * @property {string} [storageKey] under which this browser remembers how somebody listens
 * @property {(rate: number) => AudioContext} [createContext]
 */

/**
 * One share, to be heard and seen. Puts engine, state and controls together; each of them knows only its own part.
 * @extends {Emitter<{manifest: Manifest, problem: Problem|null, play: void, pause: void, ended: void, seek: number, mix: void}>}
 */
export class Player extends Emitter {
  #scope = new Scope()
  /** @type {Manifest|null} */
  #manifest = null
  #mix = new Mix()
  #looping = new Looping()
  /** @type {Problem|null} */
  #problem = null
  #notice = ''
  #wasPlaying = false

  /**
   * @param {HTMLElement} host
   * @param {Options} options
   */
  constructor(host, options) {
    super()
    const scope = this.#scope
    this.host = host
    this.#session = new Session(scope, this.#mix, options.createContext)
    this.#peaks = new PeaksLoader(this.#session.fetcher, scope.signal)
    this.#settings = new Settings(options.storageKey)
    this.#poller = new Poller(options.manifestUrl, scope)
    this.#bar = new Bar(this.#mix, scope)
    this.#menu = new Menu(this.#bar.more, this.#mix, scope)
    this.#tempo = new TempoPanel(this.#bar.speed, scope, canStretch())
    this.#stage = new Stage(scope, this.#peaks)
    this.#lanes = new Lanes(scope, this.#mix, (id) => {
      this.#lanes.map.get(id)?.fail(null)
      this.#session.engine?.retry(id)
    })
    this.element = el('div', {className: 'pl', role: 'region', tabIndex: -1, 'aria-label': words.player('')})
    this.element.append(this.#bar.element, this.#menu.element, this.#tempo.element, this.#message, this.#stage.element)
    host.replaceChildren(this.element)
    scope.add(() => this.element.remove())
    this.#connect()
    if (canPlay()) this.#poller.now()
    this.#show()
  }

  #session
  #peaks
  #settings
  #poller
  #bar
  #menu
  #tempo
  #lanes
  #stage
  #message = el('p', {className: 'pl-message', role: 'alert', hidden: true})

  get manifest() {
    return this.#manifest
  }

  get mix() {
    return this.#mix
  }

  get paused() {
    return (this.#session.engine?.state ?? 'paused') === 'paused'
  }

  /** The last audio node, once there is one: for meters, recordings and tests. */
  get output() {
    return this.#session.engine?.output ?? null
  }

  /** Seconds. */
  get currentTime() {
    return toSeconds(this.#frame, this.#rate)
  }

  /** Seconds; null while the song isn't known. */
  get duration() {
    return this.#manifest?.frames ? toSeconds(this.#manifest.frames, this.#rate) : null
  }

  /** Only in a gesture of the listener. */
  play() {
    const engine = this.#session.engine
    if (!engine) return
    this.#notice = ''
    document.dispatchEvent(new CustomEvent(PLAYING, {detail: this}))
    engine.play()
  }

  pause() {
    this.#session.engine?.pause()
  }

  toggle() {
    if (this.paused || this.#session.engine?.waitingFor === 'context') this.play()
    else this.pause()
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#seekFrame(toFrames(seconds, this.#rate))
  }

  /**
   * @param {{from: number, to: number}|null} loop seconds; null plays straight on
   */
  setLoop(loop) {
    this.#setLoop(loop && {from: toFrames(loop.from, this.#rate), to: toFrames(loop.to, this.#rate)})
  }

  /** Gives everything back. */
  destroy() {
    this.#settings.flush()
    this.#scope.dispose()
    this.#mix.clear()
    this.clear()
  }

  get #rate() {
    return this.#manifest?.sample_rate ?? 44_100
  }

  get #frame() {
    return this.#session.engine?.position ?? 0
  }

  #connect() {
    const scope = this.#scope
    const [bar, stage, menu] = [this.#bar, this.#stage, this.#menu]
    this.#poller.on('manifest', (manifest) => this.#take(manifest))
    this.#poller.on('reached', () => this.#setProblem(null))
    this.#poller.on('problem', (problem) => this.#setProblem(problem))
    this.#peaks.on('change', () => stage.invalidate())
    this.#mix.on('change', () => {
      bar.showMix()
      this.#save()
      this.emit('mix', undefined)
    })
    scope.listen(bar.play, 'click', () => this.toggle())
    scope.listen(bar.loop, 'click', () => this.#toggleLoop())
    stage.on('seek', (frame) => this.#seekFrame(frame))
    stage.on('loop', (loop) => this.#setLoop(loop))
    menu.on('copy', () => void this.#copyLink())
    menu.on('help', () => showHelp(this.element, scope))
    this.#tempo.on('change', (tempo) => void this.#setTempo(tempo))
    menu.on('quality', (quality) => {
      this.#session.quality = quality
      this.#save()
    })
    listenToKeys(this.element, scope, {
      toggle: () => this.toggle(),
      move: (seconds) => this.seek(this.currentTime + seconds),
      toStart: () => this.#seekFrame(0),
      toEnd: () => this.#seekFrame(this.#manifest?.frames ?? 0),
      solo: (index) => this.#withStem(index, (id) => this.#mix.toggleSolo(id)),
      mute: (index) => this.#withStem(index, (id) => this.#mix.toggleMute(id)),
      soloNone: () => this.#mix.soloNone(),
      loop: () => this.#toggleLoop(),
      loopHere: (edge) => this.#setLoop(this.#looping.moved(edge, this.#frame, this.#manifest?.frames ?? 0)),
      zoom: (closer) => stage.zoom(closer ? 1.5 : 1 / 1.5),
      help: () => showHelp(this.element, scope),
    })
    scope.listen(document, PLAYING, (/** @type {CustomEvent} */ event) => {
      if (event.detail !== this) this.pause()
    })
    scope.listen(globalThis, 'pagehide', () => this.#settings.flush())
    scope.frames(() => this.#frameTick())
  }

  /** @param {Manifest} manifest */
  #take(manifest) {
    const first = this.#manifest === null
    this.#manifest = manifest
    this.element.setAttribute('aria-label', words.player(manifest.title))
    if (first) this.#mix.exclusive = manifest.exclusive
    this.#mix.sync(manifest.stems)
    if (this.#lanes.sync(manifest.stems)) this.#stage.setLanes(this.#lanes.map)
    if (first) this.#settings.restoreMix(manifest, this.#mix)
    const fresh = this.#session.update(manifest)
    for (const stem of manifest.stems) this.#peaks.update(stem)
    if (manifest.frames && manifest.sample_rate) {
      this.#stage.setSong(manifest.frames, manifest.sample_rate)
      this.#stage.setAvailable(availableFrames(manifest))
    }
    this.#menu.showQuality(hasChoice(manifest.stems), this.#session.quality)
    if (fresh) this.#adopt(fresh)
    this.#show()
    this.emit('manifest', manifest)
  }

  /** @param {import('./engine/engine.js').Engine} engine */
  #adopt(engine) {
    engine.on('change', () => {
      this.#show()
      const playing = engine.state !== 'paused'
      if (playing !== this.#wasPlaying) this.emit(playing ? 'play' : 'pause', undefined)
      this.#wasPlaying = playing
    })
    engine.on('ended', () => this.emit('ended', undefined))
    engine.on('failed', ({id, error}) => {
      this.#lanes.map.get(id)?.fail(reasonFor(error))
      // What the manifest promised isn't there: perhaps another attempt has taken over.
      this.#poller.restart()
    })
    const {t, loop, quality, speed, pitch} = this.#settings.restorePlace()
    if (quality) this.#session.quality = quality
    if (canStretch() && (speed !== 1 || pitch !== 0)) void this.#setTempo({speed, pitch})
    if (loop) this.setLoop(loop)
    if (t) this.seek(t)
    announce(this, this.#scope)
  }

  #frameTick() {
    const engine = this.#session.engine
    if (!engine || !this.#manifest) return
    const frame = engine.position
    const playing = engine.state === 'playing'
    if (!playing && frame === this.#shown && !this.#metersMove) return
    this.#shown = frame
    this.#metersMove = playing
    this.#stage.setPosition(frame, playing)
    this.#bar.showTime(toSeconds(frame, this.#rate), this.duration)
    this.#lanes.meter((id) => engine.level(id))
    this.#save()
  }

  #shown = -1
  #metersMove = false

  /** @param {Frames} frame */
  #seekFrame(frame) {
    const engine = this.#session.engine
    if (!engine || !this.#manifest?.frames) return
    engine.seek(clamp(frame, 0, this.#manifest.frames))
    this.#shown = -1
    this.emit('seek', this.currentTime)
  }

  /** @param {Loop|null} loop */
  #setLoop(loop) {
    const engine = this.#session.engine
    if (!engine) return
    this.#looping.set(loop && this.#stage.loop.fitted(loop))
    engine.setLoop(this.#looping.loop)
    this.#stage.loop.show(this.#looping.region, this.#looping.on)
    const outside = loop && (this.#frame < loop.from || this.#frame >= loop.to)
    if (outside && !this.paused) engine.seek(loop.from)
    this.#show()
    this.#save()
  }

  #toggleLoop() {
    this.#setLoop(this.#looping.toggled(this.#frame, toFrames(8, this.#rate)))
  }

  /** @param {{speed: number, pitch: number}} tempo */
  async #setTempo(tempo) {
    try {
      await this.#session.engine?.setTempo(tempo)
    } catch {
      this.#tell(words.stretchFailed)
    }
    this.#show()
    this.#save()
  }

  /**
   * @param {number} index
   * @param {(id: string) => void} action
   */
  #withStem(index, action) {
    const stem = this.#manifest?.stems[index]
    if (stem) action(stem.id)
  }

  async #copyLink() {
    if (!this.#manifest) return
    const link = writeLink(this.#manifest.url, {...this.#listening(), mix: this.#mix})
    if ((await copyText(link, this.element, this.#scope)) && !this.#scope.disposed) this.#tell(words.copied)
  }

  /** @param {string} notice shown for a while */
  #tell(notice) {
    this.#notice = notice
    this.#show()
    this.#scope.timeout(() => {
      this.#notice = ''
      this.#show()
    }, 4_000)
  }

  /** Where and how we listen, for links and for the next visit. */
  #listening() {
    const seconds = (/** @type {Frames} */ frame) => toSeconds(frame, this.#rate)
    const {loop} = this.#looping
    return {
      t: this.currentTime,
      loop: loop && {from: seconds(loop.from), to: seconds(loop.to)},
      ...(this.#session.engine?.tempo ?? {speed: 1, pitch: 0}),
    }
  }

  #save() {
    if (!this.#session.engine) return
    this.#settings.save(this.#scope, () => ({...this.#listening(), mix: this.#mix, quality: this.#session.quality}))
  }

  /** @param {Problem|null} problem */
  #setProblem(problem) {
    if (problem === this.#problem) return
    this.#problem = problem
    this.emit('problem', problem)
    this.#show()
  }

  #show() {
    const engine = this.#session.engine
    const manifest = this.#manifest
    this.#bar.play.disabled = !engine
    this.#bar.loop.disabled = !engine
    this.#bar.showPlaying(!this.paused, engine?.state === 'waiting')
    this.#bar.loop.setAttribute('aria-pressed', String(this.#looping.on))
    this.#bar.showMix()
    this.#tempo.show(engine?.tempo ?? {speed: 1, pitch: 0})
    this.#bar.showTime(this.currentTime, this.duration)
    text(this.#bar.status, this.#notice || statusFor(manifest, engine?.waitingFor ?? null))
    const message = canPlay() ? messageFor(manifest, this.#problem) : words.noWebAudio
    this.#message.hidden = !message
    text(this.#message, message)
  }
}

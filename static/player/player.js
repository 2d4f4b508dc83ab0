/** @import {Frames} from './core/frames.js' */
/** @import {Manifest} from './core/manifest-types.js' */
/** @import {Loop} from './engine/run.js' */
/** @import {Options} from './options-types.js' */
/** @import {Findings} from './sources/hosted/hosted.js' */
/** @import {Problem} from './state/poller.js' */
import {Emitter} from './core/emitter.js'
import {Scope} from './core/scope.js'
import {toFrames, toSeconds} from './core/frames.js'
import {availableFrames, isSettled} from './core/manifest.js'
import {whyNotLoaded} from './core/older.js'
import {PeaksLoader} from './draw/peaks-loader.js'
import {canPlay, canStretch} from './engine/context.js'
import {Session} from './session.js'
import {Looping, NEW_LOOP} from './state/looping.js'
import {Mix} from './state/mix.js'
import {Poller} from './state/poller.js'
import {Settings} from './state/settings.js'
import {Bar} from './ui/bar.js'
import {el, tell, text} from './ui/dom.js'
import {listenToKeys} from './ui/keyboard.js'
import {Lanes} from './ui/lanes.js'
import {Stage} from './ui/stage.js'
import {messageFor, statusFor, words} from './words.js'

/**
 * One share, to be heard and seen. Puts engine, state and controls together.
 * @extends {Emitter<{manifest: Manifest, problem: Problem|null, play: void, pause: void, ended: void, seek: number, mix: void, stem: Findings}>}
 */
export class Player extends Emitter {
  #scope = new Scope()
  /** @readonly */
  mix = new Mix()
  #peaks = new PeaksLoader(this.#scope)
  #bar = new Bar(this.mix, this.#scope)
  #stage = new Stage(this.#scope, this.#peaks)
  #lanes = new Lanes(this.mix, (id) => {
    this.#lanes.map.get(id)?.fail(null)
    this.#session.retry(id)
  })
  #looping = new Looping()
  /** @type {Manifest|null} */
  #manifest = null
  /** @type {Problem|null} */
  #problem = null
  /** The sound that was asked for last hasn't come. */
  #lacking = false
  #notice = ''
  #endNotice = () => {}
  #saysState
  #announced = false
  #played = false
  #placed = false
  #moving = false
  #message = el('p', {className: 'pl-message', role: 'alert', hidden: true})
  /** @type {Promise<import('./ui/panels.js').Panels>|null} */
  #panels = null
  /** @type {unknown} what was asked of them last, while they come */
  #asked

  /**
   * @param {HTMLElement} host
   * @param {Options} options
   */
  constructor(host, options) {
    super()
    this.#saysState = options.saysState ?? true
    this.#session = new Session(this.#scope, this.mix, options.createContext)
    this.#settings = new Settings(options.storageKey)
    this.#poller = options.manifestUrl ? new Poller(options.manifestUrl, this.#scope) : null
    this.element = el('div', {className: 'pl', role: 'region', tabIndex: -1, 'aria-label': words.player('')})
    this.element.append(this.#bar.element, this.#message, this.#stage.element)
    host.replaceChildren(this.element)
    this.#scope.add(() => this.element.remove())
    this.#followState()
    this.#followControls()
    if (canPlay()) this.#poller?.now()
    this.#show()
    if (options.manifest) this.update(options.manifest)
  }

  #session
  #settings
  #poller

  get manifest() {
    return this.#manifest
  }

  get paused() {
    return this.#session.state === 'paused'
  }

  /** The last audio node, once there is one. */
  get output() {
    return this.#session.output
  }

  /** Seconds. */
  get currentTime() {
    return toSeconds(this.#session.position, this.#rate)
  }

  /** Seconds; null while the song isn't known. */
  get duration() {
    return this.#session.frames ? toSeconds(this.#session.frames, this.#rate) : null
  }

  /** Only in a gesture of the listener. */
  play() {
    this.#notice = ''
    this.#poller?.now()
    this.#session.play()
    if (this.#announced) return
    this.#announced = true
    const at = Date.now()
    Promise.all([import('./state/turns.js'), import('./state/media-session.js')])
      .then(([turns, media]) => [turns.announce(this, this.#scope, at), media.announce(this, this.#scope, this.#session)])
      .catch(() => (this.#announced = false)) // it plays all the same
  }

  pause() {
    this.#session.pause()
  }

  toggle() {
    if (this.paused || this.#session.waitingFor === 'context') this.play()
    else this.pause()
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#seekFrame(toFrames(seconds, this.#rate))
  }

  /** @param {{from: number, to: number}|null} loop seconds; null plays straight on */
  setLoop(loop) {
    this.#setLoop(loop && {from: toFrames(loop.from, this.#rate), to: toFrames(loop.to, this.#rate)})
  }

  /** Gives everything back. */
  destroy() {
    this.#settings.flush()
    this.#scope.dispose()
    this.#session.clear()
    this.mix.clear()
    this.clear()
  }

  get #rate() {
    return this.#session.rate ?? 44_100
  }

  #followState() {
    const session = this.#session
    this.#poller?.on('manifest', (manifest) => this.update(manifest))
    this.#poller?.on('problem', (problem) => this.#setProblem(problem))
    this.#peaks.on('change', () => this.#stage.invalidate())
    this.mix.on('change', () => {
      this.#save()
      this.emit('mix', undefined)
    })
    session.on('change', () => {
      this.#peaks.hold(session.waitingFor === 'loading')
      this.#show()
      this.#animate()
      if (this.#played === !this.paused) return
      this.#played = !this.paused
      this.#save() // in a tab in the background nothing else does
      this.emit(this.paused ? 'pause' : 'play', undefined)
    })
    session.on('ended', () => this.emit('ended', undefined))
    session.on('trouble', (what) => this.#tellWhy(what === 'engine' ? words.broken : words.stretchFailed))
    session.on('failed', ({id, reason}) => {
      if (this.#session.found(id)) return this.#poller?.now() // it says so itself
      this.#lanes.map.get(id)?.fail(reason)
      this.#poller?.restart() // another attempt has taken over, perhaps
    })
    session.on('line', (up) => [(this.#lacking = !up), up ? this.#poller?.back(2_000) : this.#poller?.check(), this.#show()])
    session.on('length', () => this.#showLength())
    session.on('found', ({id}) => this.#showFound(id))
    this.#scope.listen(globalThis, 'pagehide', () => [this.pause(), this.#settings.flush()]) // it may be kept, and come back
    this.#scope.listen(globalThis, 'popstate', () => void this.#settings.moment().then((t) => t === undefined || this.seek(t)))
  }

  #followControls() {
    const [bar, stage, scope] = [this.#bar, this.#stage, this.#scope]
    scope.listen(bar.play, 'click', () => this.toggle())
    for (const sign of ['pointerenter', 'focus', 'touchstart']) {
      scope.listen(bar.play, sign, () => this.#session.prepare(), {passive: true})
    }
    scope.listen(bar.loop, 'click', () => this.#toggleLoop())
    scope.listen(bar.more, 'click', () => void this.#withPanels(({menu}) => menu.popover.flip()))
    scope.listen(bar.speed, 'click', () => void this.#withPanels(({tempo}) => tempo.popover.flip()))
    stage.on('seek', (frame) => this.#seekFrame(frame))
    stage.loop.on('change', (loop) => this.#setLoop(loop))
    const stemAt = (/** @type {number} */ index) => this.#manifest?.stems[index]?.id ?? ''
    listenToKeys(this.element, scope, {
      toggle: () => this.toggle(),
      move: (seconds) => this.#session.ready && this.seek(this.currentTime + seconds),
      solo: (index) => this.mix.toggleSolo(stemAt(index)),
      mute: (index) => this.mix.toggleMute(stemAt(index)),
      soloNone: () => this.mix.soloNone(),
      loop: () => this.#toggleLoop(),
      loopHere: (edge) => this.#setLoop(this.#looping.moved(edge, this.#session.position, this.#session.frames ?? 0)),
      zoom: (closer) => stage.zoom(closer),
      help: () => void this.#withPanels((panels) => panels.help()),
    })
  }

  /** @param {Manifest} manifest as it is now */
  update(manifest) {
    const {reading} = this.#settings
    // The address has a say in the first one, whoever tells it.
    if (reading && this.#poller) return void reading.then(() => this.#scope.disposed || this.update(manifest))
    if (manifest.revision < Number(this.#manifest?.revision)) return this.#poller?.restart() // overtaken on its way
    const first = this.#manifest === null
    this.#manifest = manifest
    this.element.setAttribute('aria-label', words.player(manifest.title))
    this.mix.sync(manifest.stems, manifest.gain, manifest.exclusive)
    if (this.#lanes.sync(manifest.stems)) this.#stage.setLanes(this.#lanes.map)
    if (first && this.#poller) this.#settings.restoreMix(manifest, this.mix)
    this.#session.update(manifest)
    if (!isSettled(manifest)) this.#poller?.restart() // its owner has just changed it on this page, perhaps
    for (const stem of manifest.stems) {
      this.#peaks.update(stem)
      if (this.#session.found(stem.id)?.version === stem.url) this.#showFound(stem.id)
    }
    this.#stage.setAvailable(availableFrames(manifest))
    this.#show()
    this.emit('manifest', manifest)
  }

  /** @param {string} id of a stem; only of hosted ones something is found */
  #showFound(id) {
    const found = this.#session.found(id)
    if (!found) return
    this.#lanes.map.get(id)?.tell(found.findings)
    this.#peaks.put(id, found.peaks)
    this.emit('stem', found.findings)
  }

  #showLength() {
    const {frames, rate} = this.#session
    if (!frames || !rate) return
    this.#stage.setSong(frames, rate)
    if (!this.#placed) this.#restorePlace()
    this.#animate()
    this.#show()
  }

  #restorePlace() {
    this.#placed = true
    const {t, loop, quality, speed, pitch} = this.#settings.restorePlace()
    if (quality) this.#session.quality = quality
    if (canStretch()) void this.#setTempo({speed, pitch})
    if (loop) this.setLoop(loop)
    if (t && !this.#session.position) this.seek(t) // unless somebody has asked for another moment since
  }

  /** Moves playhead, clock and meters, as long as there is something to move. */
  #animate() {
    this.#showPosition()
    if (this.#moving || (this.paused && !this.#lanes.moving)) return
    this.#moving = true
    this.#scope.nextFrame(() => {
      this.#moving = false
      this.#animate()
    })
  }

  #showPosition() {
    const session = this.#session
    this.#lanes.meter((id) => session.level(id))
    if (!session.ready) return
    this.#stage.setPosition(session.position, session.state === 'playing')
    this.#bar.showTime(this.currentTime, Number(this.duration))
    if (session.state === 'playing') this.#save()
  }

  /** @param {Frames} frame */
  #seekFrame(frame) {
    const session = this.#session
    session.seek(frame)
    if (!session.ready) return
    this.#stage.reveal(session.position)
    this.#animate()
    this.#save()
    this.emit('seek', this.currentTime)
  }

  /** @param {Loop|null} loop */
  #setLoop(loop) {
    if (!this.#session.ready) return
    this.#looping.set(loop && this.#stage.loop.fitted(loop))
    this.#session.setLoop(this.#looping.loop)
    this.#stage.loop.show(this.#looping.region, this.#looping.on)
    const here = this.#session.position
    const outside = loop && (here < loop.from || here >= loop.to)
    if (outside && !this.paused) this.#seekFrame(loop.from)
    this.#show()
    this.#save()
  }

  #toggleLoop() {
    this.#setLoop(this.#looping.toggled(this.#session.position, toFrames(NEW_LOOP, this.#rate)))
  }

  /** @param {{speed: number, pitch: number}} tempo */
  async #setTempo(tempo) {
    await this.#session.setTempo(tempo).catch(() => this.#tellWhy(words.stretchFailed))
    this.#show()
    this.#save()
  }

  /** @param {(panels: import('./ui/panels.js').Panels) => void} action */
  async #withPanels(action) {
    this.#asked = action
    this.#panels ??= this.#makePanels()
    const panels = await this.#panels.catch(() => (this.#panels = null))
    if (!panels) void this.#tellWhy(words.broken)
    else if (action === this.#asked) action(panels) // the last press counts
    this.#show()
  }

  async #makePanels() {
    const {openPanels} = await import('./ui/panels.js')
    return openPanels(this, this.#bar, this.#scope, {
      session: this.#session,
      listening: () => this.#listening(),
      setTempo: (tempo) => this.#setTempo(tempo),
      saved: () => this.#save(),
      tell: (notice) => this.#tell(notice),
    })
  }

  /** @param {string} problem that something didn't come */
  async #tellWhy(problem) {
    this.#tell(await whyNotLoaded(problem, words.older))
  }

  /** @param {string} notice shown for a while */
  #tell(notice) {
    this.#notice = notice
    this.#show()
    this.#endNotice()
    this.#endNotice = this.#scope.timeout(() => {
      this.#notice = ''
      this.#show()
    }, 4_000)
  }

  /** Where and how we listen, for links and for the next visit. */
  #listening() {
    const seconds = (/** @type {Frames} */ frame) => toSeconds(frame, this.#rate)
    const {loop} = this.#looping
    const range = loop && {from: seconds(loop.from), to: seconds(loop.to)}
    return {t: this.currentTime, loop: range, ...this.#session.tempo}
  }

  #save() {
    if (!this.#session.ready) return
    this.#settings.save(this.#scope, () => ({...this.#listening(), mix: this.mix, quality: this.#session.quality}))
  }

  /** @param {Problem|null} problem */
  #setProblem(problem) {
    if (problem === this.#problem) return
    this.#problem = problem
    if (problem === 'gone' && this.#manifest) {
      this.pause()
      this.#manifest = {...this.#manifest, state: 'cancelled', growing: false, frames: null, stems: []}
      this.#session.update(this.#manifest)
      if (this.element.matches(':focus-within')) this.element.focus()
      this.element.replaceChildren(this.#message) // it offers nothing any more
    }
    this.emit('problem', problem)
    this.#show()
  }

  #show() {
    const [session, manifest, bar] = [this.#session, this.#manifest, this.#bar]
    bar.play.disabled = bar.loop.disabled = !session.ready
    bar.showPlaying(!this.paused && session.waitingFor !== 'context', session.state === 'waiting')
    bar.loop.setAttribute('aria-pressed', String(this.#looping.on))
    bar.showTempo(session.tempo)
    const quarter = Math.floor((manifest?.progress ?? 0) * 4)
    const status = this.#notice || statusFor(this.#saysState ? manifest : null, session.waitingFor)
    tell(bar.status, status, [this.#notice, session.waitingFor, manifest?.state, quarter].join())
    void this.#panels?.then((panels) => panels.show(manifest, session))
    const problem = this.#problem ?? (this.#lacking && session.waitingFor === 'loading' ? 'broken' : null)
    const message = canPlay() ? messageFor(manifest, problem) : words.noWebAudio
    this.#message.hidden = !message
    text(this.#message, message)
  }
}

/** @import {Frames} from '../core/frames.js' */
/** @import {Scope} from '../core/scope.js' */
/** @import {PeaksLoader} from '../draw/peaks-loader.js' */
/** @import {Lane} from './lane.js' */
/** @import {Scrollbar} from './scrollbar.js' */
import {Emitter} from '../core/emitter.js'
import {clamp} from '../core/frames.js'
import {View} from '../draw/view.js'
import {words} from '../words.js'
import {attribute, button, el, icon} from './dom.js'
import {LoopRegion} from './loop-region.js'
import {Pointer} from './pointer.js'
import {Ruler} from './ruler.js'

const ZOOM_STEP = 1.5

/**
 * Ruler, lanes, playhead and loop on one time axis. It shows and asks; it doesn't decide.
 * @extends {Emitter<{seek: Frames}>}
 */
export class Stage extends Emitter {
  #scope
  #rate = 1
  #view = new View(1, 1)
  /** @type {Map<string, Lane>} */
  #lanes = new Map()
  /** @type {PeaksLoader} */
  #peaks
  #available = 0
  #position = 0
  #drawing = false
  /** @type {Frames|null} where the pointer holds the playhead */
  #held = null
  /** Where the scrollbar will be, once somebody looks closer. */
  #bottom = el('div', {className: 'pl-scrollbar pl-idle'})
  /** @type {Promise<Scrollbar>|null} */
  #scrollbar = null
  /** @type {number|null} where a mouse is on the axis, in pixels */
  #mouse = null
  /** @type {ReturnType<typeof import('./hover.js').openHover>|null} fetched for the first mouse */
  #hover = null
  #playhead = el('div', {className: 'pl-playhead'})
  #rows = el('div', {className: 'pl-rows'})
  #overlay

  /**
   * @param {Scope} scope
   * @param {PeaksLoader} peaks
   */
  constructor(scope, peaks) {
    super()
    this.#scope = scope
    this.#peaks = peaks
    this.ruler = new Ruler()
    this.loop = new LoopRegion(scope)
    this.zoomIn = button('pl-button pl-small', words.zoomIn, icon('plus'))
    this.zoomOut = button('pl-button pl-small', words.zoomOut, icon('minus'))
    const corner = el('div', {className: 'pl-corner'}, this.zoomOut, this.zoomIn)
    const top = el('div', {className: 'pl-top'}, corner, this.ruler.element)
    this.#overlay = el('div', {className: 'pl-overlay'}, this.loop.element, this.#playhead)
    this.element = el('div', {className: 'pl-stage'}, top, this.#rows, this.#overlay, this.#bottom)

    scope.listen(this.zoomIn, 'click', () => this.zoom(true))
    scope.listen(this.zoomOut, 'click', () => this.zoom(false))
    scope.listen(this.element, 'wheel', (/** @type {WheelEvent} */ event) => this.#wheel(event), {passive: false})
    const size = new ResizeObserver(() => this.#resized())
    size.observe(this.ruler.element)
    scope.add(() => size.disconnect())
    scope.listen(matchMedia('(prefers-color-scheme: dark)'), 'change', () => this.invalidate())
    this.loop.on('preview', () => this.#place())

    const pointer = new Pointer(scope, this.element, this.ruler.element)
    pointer.on('hover', (x) => {
      this.#mouse = x
      this.#showHover()
    })
    pointer.on('hold', (x) => {
      this.#held = x === null ? null : this.#view.frame(x)
      this.#place()
    })
    pointer.on('seek', (x) => this.#view.frames > 1 && this.emit('seek', this.#view.frame(x)))
    pointer.on('select', ([from, to]) => this.loop.preview({from: this.#view.frame(from), to: this.#view.frame(to)}))
    pointer.on('selected', () => this.loop.commit())
    pointer.on('pinch', ({factor, x}) => this.#look(this.#view.zoomed(factor, x)))
  }

  /**
   * @param {Frames} frames
   * @param {number} rate
   */
  setSong(frames, rate) {
    this.#rate = rate
    this.loop.setSong(frames, rate)
    this.ruler.show(this.#position, frames, rate)
    if (frames !== this.#view.frames) this.#look(new View(frames, this.#view.width))
  }

  /** @param {Map<string, Lane>} lanes */
  setLanes(lanes) {
    this.#lanes = lanes
    const focused = document.activeElement
    this.#rows.replaceChildren(...[...lanes.values()].map((lane) => lane.element))
    if (this.#rows.contains(focused)) /** @type {HTMLElement} */ (focused).focus({preventScroll: true})
    this.invalidate()
  }

  /** @param {Frames} available */
  setAvailable(available) {
    if (available === this.#available) return
    this.#available = available
    this.invalidate()
  }

  /**
   * @param {Frames} position
   * @param {boolean} follow turn the page when it leaves the one that is seen; whoever scrolled away stays there
   */
  setPosition(position, follow) {
    if (follow && this.#held === null && this.#view.shows(this.#position)) this.#turnTo(position)
    this.#show(position)
  }

  /** @param {Frames} position that somebody asked for */
  reveal(position) {
    this.#turnTo(position)
    this.#show(position)
  }

  /** @param {Frames} position */
  #turnTo(position) {
    const view = this.#view.following(position)
    if (view !== this.#view) this.#look(view)
  }

  /** @param {Frames} position */
  #show(position) {
    this.#position = position
    this.ruler.show(position, this.#view.frames, this.#rate)
    this.#place()
  }

  /** @param {boolean} closer */
  zoom(closer) {
    const x = this.#view.shows(this.#position) ? this.#view.x(this.#position) : this.#view.width / 2
    this.#look(this.#view.zoomed(closer ? ZOOM_STEP : 1 / ZOOM_STEP, x))
  }

  /** Everything is drawn anew before the next repaint. */
  invalidate() {
    if (this.#drawing || this.#scope.disposed) return
    this.#drawing = true
    this.#scope.nextFrame(() => {
      this.#drawing = false
      this.ruler.draw(this.#view, this.#available)
      for (const [id, lane] of this.#lanes) lane.draw(this.#peaks.get(id), this.#view)
      this.#place()
    })
  }

  #resized() {
    this.#look(this.#view.resized(this.ruler.element.clientWidth))
  }

  /** @param {View} view */
  #look(view) {
    this.#view = view
    // Not `disabled`: the keyboard stays where it is.
    attribute(this.zoomOut, 'aria-disabled', view.zoom <= 1)
    attribute(this.zoomIn, 'aria-disabled', view.zoom >= view.zoomed(ZOOM_STEP, 0).zoom)
    if (view.zoom > 1) this.#scrollbar ??= this.#makeScrollbar()
    this.#scrollbar?.then((scrollbar) => scrollbar.show(this.#view)).catch(() => (this.#scrollbar = null))
    this.#showHover()
    this.invalidate()
  }

  #showHover() {
    const x = this.#view.frames > 1 ? this.#mouse : null // before that the song's length isn't known
    if (x !== null) this.#hover ??= import('./hover.js').then(({openHover}) => openHover(this.#overlay))
    this.#hover?.then((hover) => hover.show(x, this.#view, this.#rate)).catch(() => x === null && (this.#hover = null))
  }

  async #makeScrollbar() {
    const {openScrollbar} = await import('./scrollbar.js')
    const scrollbar = await openScrollbar(this.#scope, this.#bottom)
    scrollbar.on('scroll', (start) => this.#look(this.#view.scrolled(start)))
    return scrollbar
  }

  #place() {
    const x = this.#view.x(this.#held ?? this.#position)
    this.#playhead.style.transform = `translateX(${clamp(x, -2, this.#view.width + 2).toFixed(2)}px)`
    this.#playhead.classList.toggle('pl-away', x < -1 || x > this.#view.width + 1)
    this.loop.place(this.#view)
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const box = this.ruler.element.getBoundingClientRect()
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      this.#look(this.#view.zoomed(Math.exp(-event.deltaY / 200), clamp(event.clientX - box.left, 0, box.width)))
      return
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
    if (this.#view.zoom <= 1 || Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return
    event.preventDefault()
    this.#look(this.#view.scrolled(this.#view.start + sideways * this.#view.framesPerPixel))
  }
}

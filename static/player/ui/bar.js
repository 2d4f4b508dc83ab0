/** @import {Scope} from '../core/scope.js' */
/** @import {Mix} from '../state/mix.js' */
import {formatTime} from '../core/frames.js'
import {words} from '../words.js'
import {attribute, button, el, icon, name, setSlider, slider, text} from './dom.js'

/** The transport: play, time, what is going on, loop, speed, master volume, more. */
export class Bar {
  #now = el('span', {className: 'pl-now'}, '0:00')
  #all = el('span', {className: 'pl-all'}, '–:––')
  #playIcon = icon('play')
  #pauseIcon = icon('pause')

  /**
   * @param {Mix} mix
   * @param {Scope} scope
   */
  constructor(mix, scope) {
    this.play = button('pl-play', '')
    attribute(this.play, 'aria-keyshortcuts', 'Space')
    this.loop = button('pl-button', words.loop, icon('loop'))
    attribute(this.loop, 'aria-keyshortcuts', 'L')
    this.speed = button('pl-button pl-speed', '')
    this.master = slider('pl-master', words.master, {min: 0, max: 1.5, step: 0.01})
    this.more = button('pl-button pl-more', words.more, icon('more'))
    for (const opener of [this.speed, this.more]) attribute(opener, 'aria-expanded', false)
    this.status = el('div', {className: 'pl-status', role: 'status'})
    const time = el('div', {className: 'pl-time', role: 'timer', 'aria-live': 'off'}, this.#now, el('span', {className: 'pl-slash'}, '/'), this.#all)
    const volume = el('label', {className: 'pl-volume-box'}, icon('speaker'), this.master)
    this.element = el('div', {className: 'pl-bar'}, this.play, time, this.status, this.loop, this.speed, volume, this.more)
    scope.listen(this.master, 'input', () => mix.setMaster(this.master.valueAsNumber))
    scope.listen(this.master, 'dblclick', () => mix.setMaster(1))
    const show = () => setSlider(this.master, mix.master, words.percent(mix.master))
    mix.on('change', show)
    show()
  }

  /**
   * @param {number} now seconds
   * @param {number} all seconds
   */
  showTime(now, all) {
    text(this.#now, formatTime(now))
    text(this.#all, formatTime(all))
  }

  /**
   * @param {boolean} on
   * @param {boolean} waiting
   */
  showPlaying(on, waiting) {
    name(this.play, on ? words.pause : words.play)
    const wanted = on ? this.#pauseIcon : this.#playIcon
    if (this.play.firstChild !== wanted) this.play.replaceChildren(wanted)
    this.play.classList.toggle('pl-waiting', waiting)
  }

  /** @param {{speed: number, pitch: number}} tempo */
  showTempo({speed, pitch}) {
    const now = `${Number(speed.toFixed(2))}×${pitch ? ` ${pitch > 0 ? '+' : '−'}${Math.abs(pitch)}` : ''}`
    text(this.speed, now)
    name(this.speed, `${words.speedAndPitch}: ${now}`) // the name holds what is seen (WCAG 2.5.3)
  }
}

/** @import {ManifestStem} from '../core/manifest-types.js' */
/** @import {Mix} from '../state/mix.js' */
/** @import {Peaks} from '../draw/peaks.js' */
/** @import {View} from '../draw/view.js' */
import {outline} from '../draw/outline.js'
import {words} from '../words.js'
import {attribute, button, el, fit, icon, name, setSlider, slider, text} from './dom.js'

/** Below this the meter shows nothing. */
const FLOOR_DB = -48

/** One stem: its name, its controls and its waveform. */
export class Lane {
  #mix
  #id
  /** What the meter shows, linear. */
  level = 0
  #canvas = el('canvas', {'aria-hidden': 'true'})
  #meter = el('span', {className: 'pl-meter', 'aria-hidden': 'true'})
  #name = el('span', {className: 'pl-name'})
  #long = el('span', {className: 'pl-long'})
  #reason = el('span')
  #retry = el('button', {type: 'button', className: 'pl-retry'}, words.retry)
  /** Which sound it shows, and whether that could be made. */
  #sound = ''
  #note = el('div', {className: 'pl-note', hidden: true})

  /**
   * @param {string} id
   * @param {Mix} mix
   * @param {(id: string) => void} retry
   */
  constructor(id, mix, retry) {
    this.#mix = mix
    this.#id = id
    this.solo = button('pl-toggle pl-solo', '', el('span', {className: 'pl-short'}, words.soloShort), this.#long)
    this.mute = button('pl-toggle pl-mute', '', words.muteShort)
    this.volume = slider('pl-volume', '', {min: 0, max: 2, step: 0.01})
    this.pan = slider('pl-pan', '', {min: -1, max: 1, step: 0.02})
    this.open = button('pl-open', '', icon('open'))
    this.failure = el('div', {className: 'pl-failure', hidden: true}, this.#reason, ' ', this.#retry)
    /** Where a pointer seeks. */
    this.wave = el('div', {className: 'pl-wave'}, this.#canvas, this.#note, this.failure)
    const faders = el('div', {className: 'pl-faders'}, this.volume, this.pan)
    const head = el('div', {className: 'pl-head'}, this.#meter, this.#name, this.solo, this.mute, this.open, faders)
    this.element = el('div', {className: 'pl-lane', role: 'group'}, head, this.wave)

    this.solo.onclick = ({altKey}) => mix.toggleSolo(id, altKey)
    this.mute.onclick = () => mix.toggleMute(id)
    this.volume.oninput = () => mix.set(id, {volume: this.volume.valueAsNumber})
    this.pan.oninput = () => mix.set(id, {pan: this.pan.valueAsNumber})
    this.volume.ondblclick = () => mix.set(id, {volume: 1})
    this.pan.ondblclick = () => mix.set(id, {pan: 0})
    this.open.onclick = () => attribute(this.open, 'aria-expanded', this.element.classList.toggle('pl-opened'))
    this.#retry.onclick = () => retry(id)
    attribute(this.open, 'aria-expanded', false)
    this.show()
  }

  /**
   * @param {ManifestStem} stem as the manifest has it now
   * @param {number} number counted from 1, for the keyboard
   */
  update(stem, number) {
    attribute(this.solo, 'aria-keyshortcuts', number > 9 ? '' : number)
    attribute(this.mute, 'aria-keyshortcuts', number > 9 ? '' : `Shift+${number}`)
    text(this.#name, stem.name)
    text(this.#long, stem.name)
    attribute(this.#name, 'title', stem.name)
    attribute(this.element, 'aria-label', stem.name)
    name(this.solo, words.soloOf(stem.name))
    name(this.mute, words.muteOf(stem.name))
    name(this.volume, words.volumeOf(stem.name))
    name(this.pan, words.panOf(stem.name))
    name(this.open, words.settingsOf(stem.name))
    // The colour is the owner's, and so from outside: anything but a plain colour is refused.
    if (/^#[0-9a-f]{6}$/i.test(stem.color)) this.element.style.setProperty('--stem', stem.color)
    this.element.classList.toggle('pl-growing', stem.state === 'pending' || stem.state === 'growing')
    const failed = stem.state === 'failed'
    const sound = `${stem.attempt} ${stem.url} ${failed}`
    if (sound !== this.#sound) {
      // What was wrong with another sound is over.
      this.fail(null)
      this.#note.hidden = true
      this.pan.disabled = false
    }
    this.#sound = sound
    if (failed) this.fail(stem.error?.message ?? words.stemFailed, false)
  }

  /** Shows the mix as it is. */
  show() {
    const channel = this.#mix.channel(this.#id)
    if (!channel) return
    attribute(this.solo, 'aria-pressed', channel.soloed)
    attribute(this.mute, 'aria-pressed', channel.muted)
    setSlider(this.volume, channel.volume, words.percent(channel.volume))
    this.pan.valueAsNumber = channel.pan
    attribute(this.pan, 'aria-valuetext', words.panValue(channel.pan))
    this.element.classList.toggle('pl-silent', !this.#mix.audible(this.#id))
  }

  /**
   * Says how a hosted stem is played, and what is wrong with it.
   * @param {{way: string|null, note: string, error: Error|null, action: string}} found
   */
  tell({way, note, error, action}) {
    if (!way && !note && !error) return // until more is known the server's word holds
    this.fail(error?.message ?? null, true, action)
    this.#note.hidden = !note
    text(this.#note, note)
    this.pan.disabled = way === 'element'
  }

  /**
   * @param {string|null} reason null when all is well again
   * @param {boolean} [mayRetry]
   * @param {string} [action] what the button says
   */
  fail(reason, mayRetry = true, action = words.retry) {
    const gone = reason === null || !mayRetry
    if (gone && document.activeElement === this.#retry) this.solo.focus() // keys go on working
    this.failure.hidden = reason === null
    this.#retry.hidden = !mayRetry
    text(this.#retry, action)
    text(this.#reason, reason ?? '')
    this.element.classList.toggle('pl-failed', reason !== null)
  }

  /** @param {number} level of the highest sample now; it falls slowly */
  meter(level) {
    this.level = Math.max(level, this.level < 0.001 ? 0 : this.level * 0.88)
    const decibels = this.level > 0 ? 20 * Math.log10(this.level) : -Infinity
    const part = Math.max(0, Math.min(1, 1 - decibels / FLOOR_DB))
    this.#meter.style.setProperty('--level', part.toFixed(3))
    this.#meter.classList.toggle('pl-hot', this.level >= 1)
  }

  /**
   * @param {Peaks|null} peaks
   * @param {View} view
   */
  draw(peaks, view) {
    const {pen, width, height, ratio} = fit(this.#canvas, this.wave.clientWidth, this.wave.clientHeight)
    pen.fillStyle = getComputedStyle(this.#canvas).color
    pen.fillRect(0, Math.round(height / 2 - ratio / 2), width, Math.max(1, Math.round(ratio)))
    if (!peaks) return
    const points = outline(peaks, view, width, height)
    pen.beginPath()
    for (const {x, top} of points) pen.lineTo(x, top)
    for (const {x, bottom} of points.reverse()) pen.lineTo(x, bottom)
    pen.fill()
  }
}

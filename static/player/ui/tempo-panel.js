/** @import {Scope} from '../core/scope.js' */
import {Emitter} from '../core/emitter.js'
import {words} from '../words.js'
import {el, setSlider, slider, text} from './dom.js'
import {panelWords} from './panel-words.js'
import {Popover} from './popover.js'

/**
 * Speed and pitch.
 * @extends {Emitter<{change: {speed: number, pitch: number}}>}
 */
export class TempoPanel extends Emitter {
  #speed = slider('', panelWords.speed, {min: 0.5, max: 1.5, step: 0.05})
  #pitch = slider('', panelWords.pitch, {min: -12, max: 12, step: 1})
  #speedValue = el('output')
  #pitchValue = el('output')

  /**
   * @param {HTMLButtonElement} opener
   * @param {Scope} scope
   * @param {boolean} possible
   */
  constructor(opener, scope, possible) {
    super()
    this.popover = new Popover(opener, scope, words.speedAndPitch)
    const neutral = el('button', {type: 'button', className: 'pl-item', disabled: !possible}, panelWords.neutral)
    this.element = this.popover.element
    this.element.append(
      el('label', {className: 'pl-item'}, panelWords.speed, this.#speed, this.#speedValue),
      el('label', {className: 'pl-item'}, panelWords.pitch, this.#pitch, this.#pitchValue),
      neutral,
    )
    if (!possible) this.element.append(el('p', {className: 'pl-hint'}, panelWords.noStretch))
    for (const input of [this.#speed, this.#pitch]) {
      input.disabled = !possible
      scope.listen(input, 'input', () => {
        this.emit('change', {speed: this.#speed.valueAsNumber, pitch: this.#pitch.valueAsNumber})
      })
    }
    scope.listen(neutral, 'click', () => this.emit('change', {speed: 1, pitch: 0}))
  }

  /** @param {{speed: number, pitch: number}} tempo */
  show({speed, pitch}) {
    setSlider(this.#speed, speed, panelWords.speedValue(speed))
    setSlider(this.#pitch, pitch, panelWords.pitchValue(pitch))
    text(this.#speedValue, panelWords.speedValue(speed))
    text(this.#pitchValue, panelWords.pitchValue(pitch))
  }
}

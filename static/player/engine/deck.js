/** @import {Frames} from '../core/frames.js' */
/** @import {Bank} from './bank.js' */
/** @import {Clock} from './clock.js' */
import {toFrames} from '../core/frames.js'
import {Mixer} from '../graph/mixer.js'
import {Gate} from './gate.js'
import {Scheduler} from './scheduler.js'

/** Seconds of fading at play, pause and seek. */
const FADE = 0.01

/** Everything that is bound to one audio context: when the context dies, a new deck takes its place. */
export class Deck {
  /**
   * @param {object} parts
   * @param {BaseAudioContext} parts.context at the rate of the song
   * @param {Clock} parts.clock
   * @param {Bank} parts.bank
   * @param {Frames} parts.grid
   * @param {() => void} [parts.onended]
   */
  constructor({context, clock, bank, grid, onended}) {
    this.clock = clock
    this.fade = toFrames(FADE, context.sampleRate)
    this.mixer = new Mixer(context)
    this.scheduler = new Scheduler({
      context,
      shelf: bank,
      gate: new Gate(this.mixer.gate, this.fade),
      grid,
      input: (id) => this.mixer.input(id),
      ...(onended && {onended}),
    })
  }

  dispose() {
    this.scheduler.clear()
    this.mixer.dispose()
  }
}

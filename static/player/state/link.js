/** @import {Change} from './mix.js' */
import {clamp} from '../core/frames.js'

/**
 * What a link can say about how to listen: `?t=42.5&solo=vocals&loop=30-45&mix=drums:50:-20:m&speed=0.75&pitch=-2`.
 * @typedef {object} Listening
 * @property {number} [t] seconds
 * @property {{from: number, to: number}} [loop] seconds
 * @property {Map<string, Change>} [mix] stems that differ from what their owner set
 * @property {string[]} [solo] where it differs from what their owner set; empty: no stem
 * @property {number} [speed]
 * @property {number} [pitch] semitones
 */

/** `1:30` and `1:02:45`. */
const CLOCK = /^(?:(\d+):)?(\d+):([0-5]?\d(?:\.\d+)?)$/
/** `90`, `90s`, `1m30s` and `1h2m45s`. */
const UNITS = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/i

/**
 * Reads an address; what makes no sense is as if it weren't there. The fragment can name the moment: other sites' links do so.
 * @param {string} search
 * @param {string} [hash]
 * @returns {Listening}
 */
export function readLink(search, hash = '') {
  const query = new URLSearchParams(search)
  /** @type {Listening} */
  const listening = {}
  const t = moment(query.get('t') ?? new URLSearchParams(hash.slice(1)).get('t') ?? '')
  if (t !== null) listening.t = t
  const [from = null, to = null] = (query.get('loop') ?? '').split('-').map(number)
  if (from !== null && to !== null && to > from) listening.loop = {from, to}
  const solo = query.get('solo')?.split(',').filter(Boolean)
  if (solo) listening.solo = solo
  const mix = new Map((query.get('mix') ?? '').split(',').filter(Boolean).map(readChannel))
  if (mix.size) listening.mix = mix
  const speed = number(query.get('speed'))
  if (speed !== null) listening.speed = clamp(speed, 0.5, 1.5)
  const pitch = number(query.get('pitch'))
  if (pitch !== null) listening.pitch = clamp(Math.round(pitch), -12, 12)
  return listening
}

/**
 * @param {string} text
 * @returns {[string, Change]}
 */
function readChannel(text) {
  const [id = '', volume, pan, muted] = text.split(':')
  return [
    id,
    {
      volume: clamp((number(volume) ?? 100) / 100, 0, 2),
      pan: clamp((number(pan) ?? 0) / 100, -1, 1),
      muted: muted === 'm',
    },
  ]
}

/**
 * A moment as people write it, or the one at which a range begins (Media Fragments: `npt:1:30,2:00`).
 * @param {string} text
 * @returns {number|null} seconds
 */
function moment(text) {
  const [begin = ''] = text.replace(/^npt:/, '').split(',')
  const parts = CLOCK.exec(begin) ?? UNITS.exec(begin)
  if (!parts) return null
  const [, hours = 0, minutes = 0, seconds = 0] = parts
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

/**
 * @param {string|null|undefined} text
 * @returns {number|null}
 */
function number(text) {
  return text && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null
}

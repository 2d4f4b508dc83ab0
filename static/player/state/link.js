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

/**
 * Reads a query; what makes no sense is as if it weren't there.
 * @param {string} search
 * @returns {Listening}
 */
export function readLink(search) {
  const query = new URLSearchParams(search)
  /** @type {Listening} */
  const listening = {}
  const t = number(query.get('t'))
  if (t !== null && t >= 0) listening.t = t
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
 * @param {string|null|undefined} text
 * @returns {number|null}
 */
function number(text) {
  return text && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null
}

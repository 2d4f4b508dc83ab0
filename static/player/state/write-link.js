/** @import {Channel, Mix} from './mix.js' */

/**
 * @typedef {object} Place where and how somebody listens
 * @property {number} t seconds
 * @property {{from: number, to: number}|null} loop seconds
 * @property {number} speed
 * @property {number} pitch
 */

/**
 * What differs from what the owner set, to be read by link.js.
 * @param {string} url of the share
 * @param {Place & {mix: Mix}} state
 */
export function writeLink(url, {t, loop, mix, speed, pitch}) {
  const parts = [`t=${short(t)}`]
  const {channels, changes} = mix
  const changed = (/** @type {string[]} */ ...keys) => channels.filter(({id}) => keys.some((key) => key in (changes.get(id) ?? {})))
  const solo = channels.filter((channel) => channel.soloed).map((channel) => encodeURIComponent(channel.id))
  if (changed('soloed').length) parts.push(`solo=${solo.join(',')}`)
  if (loop) parts.push(`loop=${short(loop.from)}-${short(loop.to)}`)
  const others = changed('muted', 'volume', 'pan')
  if (others.length) parts.push(`mix=${others.map(writeChannel).join(',')}`)
  if (speed !== 1) parts.push(`speed=${short(speed)}`)
  if (pitch !== 0) parts.push(`pitch=${pitch}`)
  return `${url}?${parts.join('&')}`
}

/**
 * `id:volume:pan:m`, volume and pan in percent; what is at rest at the end is left out.
 * @param {Channel} channel
 */
function writeChannel({id, volume, pan, muted}) {
  const parts = [encodeURIComponent(id), Math.round(volume * 100)]
  if (pan !== 0 || muted) parts.push(Math.round(pan * 100))
  if (muted) parts.push('m')
  return parts.join(':')
}

/** @param {number} value */
const short = (value) => String(Number(value.toFixed(2)))

import {formatTime} from '../player/core/frames.js'
import {gettext, interpolate, ngettext} from './words.js'

/**
 * A size for people, in decimal units: 12.3 MB.
 * @param {number} bytes
 */
export function size(bytes) {
  const [unit, scale] = bytes < 1e6 ? ['kilobyte', 1e3] : bytes < 1e9 ? ['megabyte', 1e6] : ['gigabyte', 1e9]
  const value = bytes / Number(scale)
  const digits = value < 10 && scale !== 1e3 ? 1 : 0
  return new Intl.NumberFormat(language(), {style: 'unit', unit: String(unit), maximumFractionDigits: digits}).format(value)
}

/** @param {number} share of one; never 100 % before it is all */
export function percent(share) {
  return new Intl.NumberFormat(language(), {style: 'percent'}).format(Math.floor(share * 100) / 100)
}

/**
 * A length as a clock shows it, to the nearest second: 3:07, 1:02:45.
 * @param {number} seconds
 */
export const clock = (seconds) => formatTime(Math.round(seconds))

/**
 * How long something will take, as roughly as anybody knows.
 * @param {number} seconds
 */
export function left(seconds) {
  if (seconds < 5) return gettext('a few seconds left')
  if (seconds < 55) return interpolate(gettext('about %(n)s seconds left'), {n: Math.ceil(seconds / 5) * 5})
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) {
    return interpolate(ngettext('about %(n)s minute left', 'about %(n)s minutes left', Math.max(1, minutes)), {n: Math.max(1, minutes)})
  }
  const hours = Math.round(minutes / 60)
  return interpolate(ngettext('about %(n)s hour left', 'about %(n)s hours left', hours), {n: hours})
}

/**
 * How long ago, in the largest unit that fits: "3 minutes ago".
 * @param {number} then milliseconds
 * @param {number} now milliseconds
 */
export function age(then, now) {
  const minutes = Math.max(0, (now - then) / 60_000)
  const words = new Intl.RelativeTimeFormat(language(), {numeric: 'auto'})
  if (minutes < 1) return gettext('just now')
  if (minutes < 60) return words.format(-Math.floor(minutes), 'minute')
  if (minutes < 24 * 60) return words.format(-Math.floor(minutes / 60), 'hour')
  const days = Math.floor(minutes / 60 / 24)
  if (days < 31) return words.format(-days, 'day')
  return days < 365 ? words.format(-Math.floor(days / 30.44), 'month') : words.format(-Math.floor(days / 365.25), 'year')
}

/** The page's language, so that numbers and words agree. */
const language = () => globalThis.document?.documentElement.lang || 'en'

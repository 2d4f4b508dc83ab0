import {gettext, interpolate, ngettext} from '../words.js'
import {verdict} from './verdict.js'

/** @typedef {import('./stem-list.js').Row} Row */

/**
 * Whether rows can be shared as they are: not while something is on its way, and not with a sound that can't be had.
 * @param {readonly Row[]} rows
 * @returns {{state: 'ready'|'busy'|'bad', words: string, row: Row|null}} `row`: the first one that stands in the way
 */
export function readiness(rows) {
  const own = rows.filter(({sound}) => sound.kind !== 'stem') // what the share has already is in nobody's way
  const of = (/** @type {string} */ tone) => own.filter((row) => verdict(row.sound).tone === tone)
  const [bad, busy] = [of('bad'), of('busy')]
  if (bad[0]) {
    const words = ngettext(
      "“%(name)s” can't be shared as it is. Remove it, or put right what its row says.",
      "%(n)s stems can't be shared as they are, the first is “%(name)s”. Remove them, or put right what their rows say.",
      bad.length,
    )
    return {state: 'bad', words: interpolate(words, {n: bad.length, name: bad[0].name}), row: bad[0]}
  }
  if (busy[0]) {
    const words = gettext('It goes on by itself as soon as all stems are there: %(there)s of %(all)s.')
    return {state: 'busy', words: interpolate(words, {there: own.length - busy.length, all: own.length}), row: busy[0]}
  }
  return {state: 'ready', words: '', row: null}
}

import {clock, percent, size} from '../format.js'
import {gettext, interpolate} from '../words.js'

/** @typedef {import('./stem-list.js').Sound} Sound */
/** @typedef {import('./stem-list.js').LinkSound} LinkSound */
/** @typedef {import('./stem-list.js').FileSound} FileSound */
/** @typedef {import('./stem-list.js').StemSound} StemSound */
/** @typedef {import('./browser-check.js').Reading} Reading */

const SLOW = 'too_slow'

/**
 * What a row says of its sound. `facts`: host, size, length. `tone`: busy and good are said quietly; warn plays, but not
 * as it could; bad doesn't, and holds the link back. `progress`: of one, where something is on its way.
 * @typedef {object} Verdict
 * @property {'busy'|'good'|'warn'|'bad'} tone
 * @property {string} words
 * @property {string[]} facts
 * @property {number|null} progress
 * @property {boolean} mayKeep whether a copy on this server can be offered
 * @property {boolean} mayRetry
 */

/**
 * @param {Sound} sound
 * @returns {Verdict}
 */
export function verdict(sound) {
  const said = sound.kind === 'link' ? ofLink(sound) : sound.kind === 'file' ? ofFile(sound) : ofStem(sound)
  return {facts: [], progress: null, mayKeep: false, mayRetry: false, ...said}
}

/**
 * @param {LinkSound} sound
 * @returns {Partial<Verdict> & {tone: Verdict['tone'], words: string}}
 */
function ofLink({found, reading, keep, problem}) {
  if (problem) return {tone: 'bad', words: problem, mayRetry: true}
  if (!found) return {tone: 'busy', words: gettext('Looking at the link…')}
  const facts = factsOf(found)
  // A host that is only slow is believed for now, as the server does when the share is made.
  if (found.problem && found.problem.code !== SLOW) return {tone: 'bad', words: found.problem.message, facts, mayRetry: Boolean(found.url)}
  if (!reading) return {tone: 'busy', words: gettext('Trying it in your browser…'), facts, mayKeep: found.keepable}
  if (keep && found.keepable) return {tone: 'good', words: gettext('A copy is kept here.'), facts, mayKeep: true}
  const way = known(reading, found)
  const mayKeep = found.keepable && way !== 'streams'
  if (found.problem) return {tone: 'warn', words: found.problem.message, facts, mayRetry: true, mayKeep}
  return {...PLAYS[way](), facts, mayKeep}
}

/** @type {Record<'streams'|'whole'|'closed'|'away'|'mixed', () => {tone: Verdict['tone'], words: string, mayRetry?: boolean}>} */
const PLAYS = {
  streams: () => ({tone: 'good', words: gettext('Plays from its host.')}),
  whole: () => ({tone: 'good', words: gettext('Plays from its host, once all of it is loaded: the host sends no parts.')}),
  closed: () => ({
    tone: 'warn',
    words: gettext('Its host lets no other page read it. It plays, but only roughly in time and without a waveform.'),
  }),
  away: () => ({
    tone: 'warn',
    words: gettext('This server reaches it, but your browser does not: something between you and the host says no.'),
    mayRetry: true,
  }),
  mixed: () => ({
    tone: 'warn',
    words: gettext('This page is encrypted and the link is not (http:): browsers refuse to play it here. Try it with https:.'),
  }),
}

/**
 * Where this page may not try it, the server's word has to do.
 * @param {Reading|null} reading
 * @param {{cors: boolean|null, range: boolean|null}} found
 */
function known(reading, {cors, range}) {
  if (reading !== null && reading !== 'untold') return reading
  return cors === false ? 'closed' : range === false ? 'whole' : 'streams'
}

/**
 * @param {FileSound} sound
 * @returns {Partial<Verdict> & {tone: Verdict['tone'], words: string}}
 */
function ofFile({file, seconds, state, sent, problem}) {
  const facts = [size(file.size), ...(seconds ? [clock(seconds)] : [])]
  if (problem) return {tone: 'bad', words: problem, facts, mayRetry: state === 'broken'}
  if (state === 'done') return {tone: 'good', words: gettext('Is kept here.'), facts}
  if (state === 'waiting') return {tone: 'busy', words: gettext('Waits to be sent.'), facts, progress: 0}
  const part = file.size ? sent / file.size : 1
  if (part >= 1) return {tone: 'busy', words: gettext('All sent.'), facts, progress: 1}
  return {tone: 'busy', words: interpolate(gettext('Sending: %(percent)s'), {percent: percent(part)}), facts, progress: part}
}

/**
 * @param {StemSound} sound
 * @returns {Partial<Verdict> & {tone: Verdict['tone'], words: string}}
 */
function ofStem({stem, reading}) {
  const facts = factsOf({
    host: hostOf(stem.original_url ?? stem.url ?? null),
    size: stem.size ?? null,
    seconds: stem.seconds ?? null,
  })
  if (stem.error) return {tone: 'bad', words: stem.error.message, facts}
  if (stem.kind === 'hosted') return {...PLAYS[known(reading, {cors: stem.cors ?? null, range: stem.range ?? null})](), facts}
  if (stem.state === 'failed') return {tone: 'bad', words: gettext('This stem could not be made.'), facts}
  if (stem.truncated) return {tone: 'warn', words: gettext('Its file is damaged or cut off: this is what could be read.'), facts}
  if (stem.state === 'ready') return {tone: 'good', words: gettext('Is kept here.'), facts}
  return {tone: 'busy', words: gettext('Is on its way.'), facts}
}

/** @param {{host: string|null, size: number|null, seconds: number|null}} found */
const factsOf = ({host, size: bytes, seconds}) =>
  [host, bytes === null ? null : size(bytes), seconds === null ? null : clock(seconds)].filter((fact) => fact !== null)

/** @param {string|null} url */
function hostOf(url) {
  try {
    return url === null ? null : new URL(url).host
  } catch {
    return null
  }
}

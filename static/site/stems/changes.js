import {cleanName} from './names.js'
import {settingsOf, SETTINGS, soundBody} from './stem-list.js'

/** @typedef {import('../../player/core/manifest-types.js').ManifestStem} ManifestStem */
/** @typedef {import('./stem-list.js').Row} Row */

/**
 * What an owner has changed of a share's stems, as the API takes it.
 * @typedef {object} Changes
 * @property {({id: string} & Record<string, unknown>)[]} stems edits of those that stay
 * @property {string[]} remove ids
 * @property {string[]|null} order ids of those that stay, null when it is as it was
 * @property {Row[]} added
 */

/**
 * A row for a stem that the share has.
 * @param {ManifestStem} stem
 * @returns {Row}
 */
export const rowOf = (stem) => ({key: `stem-${stem.id}`, id: stem.id, ...settingsOf(stem), sound: {kind: 'stem', stem, reading: null}})

/**
 * @param {readonly Row[]} rows as the owner has them now
 * @param {ManifestStem[]} base as the share has them
 * @returns {Changes}
 */
export function changesOf(rows, base) {
  const known = new Map(base.map((stem) => [stem.id, stem]))
  const staying = rows.flatMap((row) => (row.id !== null && known.has(row.id) ? [{row, id: row.id}] : []))
  const ids = staying.map(({id}) => id)
  const stems = staying.flatMap(({row, id}) => {
    const edit = {...settingsChanged(row, /** @type {ManifestStem} */ (known.get(id))), ...soundBody(row.sound)}
    return Object.keys(edit).length ? [{id, ...edit}] : []
  })
  const remove = base.filter(({id}) => !ids.includes(id)).map(({id}) => id)
  const added = rows.filter((row) => row.id === null)
  return {stems, remove, order: sameOrder(rows, base) ? null : ids, added}
}

/** @param {Changes} changes */
export const isEmpty = ({stems, remove, order, added}) => stems.length + remove.length + added.length === 0 && order === null

/**
 * The rows on top of what somebody else has made of the share meanwhile: what the owner changed stays changed, all
 * else is as it is there now.
 * @param {readonly Row[]} rows
 * @param {ManifestStem[]} base what the rows were made of
 * @param {ManifestStem[]} next
 * @returns {Row[]}
 */
export function rebase(rows, base, next) {
  const before = new Map(base.map((stem) => [stem.id, stem]))
  const now = new Map(next.map((stem) => [stem.id, stem]))
  const kept = rows.flatMap((row) => {
    if (row.id === null) return [row]
    const stem = now.get(row.id)
    if (!stem) return [] // removed by somebody else
    const old = before.get(row.id)
    const ours = old ? settingsChanged(row, old) : {}
    // As it was typed, not as the service will keep it: perhaps the next word follows a space, or another name.
    const typed = 'name' in ours || ['', stem.name].includes(cleanName(row.name))
    const settings = {...settingsOf(stem), ...ours, ...(typed && {name: row.name})}
    return [{...row, ...settings, sound: row.sound.kind === 'stem' ? {...row.sound, stem} : row.sound}]
  })
  const there = new Set(rows.map((row) => row.id))
  const fresh = next.filter(({id}) => !there.has(id) && !before.has(id)).map(rowOf)
  if (!sameOrder(rows, base)) return [...kept, ...fresh]
  const place = new Map(next.map(({id}, index) => [id, index]))
  const ofShare = [...kept.filter((row) => row.id !== null), ...fresh].sort((a, b) => Number(place.get(String(a.id))) - Number(place.get(String(b.id))))
  return [...ofShare, ...kept.filter((row) => row.id === null)]
}

/**
 * @param {Row} row
 * @param {ManifestStem} stem
 */
function settingsChanged(row, stem) {
  const name = cleanName(row.name) || stem.name // an empty name is none
  const now = {...settingsOf(row), name}
  return Object.fromEntries(SETTINGS.filter((key) => now[key] !== stem[key]).map((key) => [key, now[key]]))
}

/**
 * Whether the rows of a share's stems follow each other as the stems do, and new rows come last.
 * @param {readonly Row[]} rows
 * @param {ManifestStem[]} base
 */
function sameOrder(rows, base) {
  const there = new Set(rows.map((row) => row.id))
  const wanted = base.filter(({id}) => there.has(id)).map(({id}) => id)
  return wanted.every((id, index) => rows[index]?.id === id)
}


// Every sentence that the pages' scripts say passes through here, under the names that `makemessages -d djangojs` finds.

/** @param {string} text */
export const gettext = (text) => text

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export const ngettext = (one, many, count) => (count === 1 ? one : many)

/**
 * Puts values where `%(name)s` stands, as Django's own `interpolate` does.
 * @param {string} text
 * @param {Record<string, string|number>} values
 */
export const interpolate = (text, values) => text.replace(/%\((\w+)\)s/g, (all, name) => String(values[name] ?? all))

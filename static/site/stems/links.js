/** A link inside other words; what closes a sentence or a bracket behind it doesn't belong to it. */
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/gi

/**
 * The links in a text that was meant as a list of them: one a line. A line without any stays as it is, so that its row
 * can say what is wrong with it.
 * @param {string} text
 * @returns {string[]} each once, in order
 */
export function linesOf(text) {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean)
  return [...new Set(lines.flatMap((line) => line.match(LINK) ?? [line]))]
}

/**
 * The links in whatever was on the clipboard.
 * @param {string} text
 * @returns {string[]} each once, in order
 */
export const linksIn = (text) => [...new Set(text.match(LINK) ?? [])]

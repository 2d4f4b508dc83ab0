const LENGTH = 80

/**
 * A name as the service keeps it (sharing/words.py): on one line, without hidden characters, composed, not too long.
 * Several scripts and emoji are spelled with two of the hidden ones.
 * @param {string} text
 */
export function cleanName(text) {
  // eslint-disable-next-line no-control-regex -- what Python takes for white space
  const line = text.normalize('NFC').replace(/[\p{White_Space}\x1c-\x1f]/gu, ' ')
  const shown = line.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, '')
  return [...shown.replace(/ {2,}/g, ' ').trim()].slice(0, LENGTH).join('').trim()
}

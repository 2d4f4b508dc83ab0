/**
 * HTML that puts the player into any page, as the page of the share shows it (sharing/pages.py).
 * @param {string} url of the player alone
 * @param {string} title
 * @param {number} height CSS pixels
 */
export const embedCode = (url, title, height) =>
  `<iframe src="${text(url)}" title="${text(title)}" width="100%" height="${height}" loading="lazy"` +
  ' allow="autoplay; clipboard-write" style="border:0"></iframe>'

/** @param {string} value */
const text = (value) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#x27;')

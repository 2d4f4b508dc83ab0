/** @param {string} problem @param {string} older said where the server answers, but has no file of this release */
export const whyNotLoaded = (problem, older) =>
  fetch(import.meta.url, {cache: 'no-store'}).then(({status}) => (status === 404 ? older : problem), () => problem)

/** What is said of a stem that can't be heard; fetched with the engine, since it is said when the network is gone. */
const reasons = {
  missing: 'This stem could not be found.',
  unreachable: 'This stem could not be loaded.',
  damaged: 'A part of this stem is damaged.',
}

/**
 * Why a stem isn't heard.
 * @param {Error} error
 */
export function reasonFor(error) {
  const {code, lasting} = /** @type {{code?: string, lasting?: boolean}} */ (error)
  if (lasting) return error.message
  return code === 'missing' || code === 'damaged' ? reasons[code] : reasons.unreachable
}

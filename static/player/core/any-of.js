import {Scope} from './scope.js'

/**
 * Aborted with the first of some signals. AbortSignal.any is younger than browsers that can play.
 * @param {...AbortSignal} signals
 */
export function anyOf(...signals) {
  const own = new Scope()
  for (const signal of signals) {
    own.listen(signal, 'abort', () => own.dispose())
    if (signal.aborted) own.dispose()
  }
  return own.signal
}

/** Something that the scaling page asks for is not there; the message names it. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

/** A failure that is told to the user as it is, without a stack: what went wrong and what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

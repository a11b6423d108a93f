/** An error that the stub of Bitcoin Core answers to one call. */
export class CoreRpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

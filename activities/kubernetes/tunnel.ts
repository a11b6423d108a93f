/** One forwarded port as a stream of bytes: what is read and written is what the node writes and reads. */
import { Duplex } from 'node:stream';
import type { WebSocket } from 'undici';
import { ReachError } from '../bitcoin/reach.ts';

/** Subprotocol in which the first byte of a frame is the channel that the rest belongs to. */
export const CHANNELS = 'v4.channel.k8s.io';
const DATA_CHANNEL = 0;
const ERROR_CHANNEL = 1;

/** Each channel begins with the number of the port, in bytes. */
const PORT_BYTES = 2;

/**
 * Ends when the node ends its connection. Fails with a `ReachError`: `Refused` when nothing listens on the port, `Closed` when the
 * way there broke. Reading is not slowed down: whoever reads bounds what is sent.
 */
export class Tunnel extends Duplex {
  readonly #socket: WebSocket;
  /** Channels whose port number is still to come. */
  readonly #fresh = new Set([DATA_CHANNEL, ERROR_CHANNEL]);
  #heard = false;

  /** @param socket of the subprotocol `CHANNELS`, not open yet, so that nothing is missed of what comes */
  constructor(socket: WebSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    // It may fail before anybody uses it; whoever does then finds it destroyed.
    this.on('error', () => undefined);
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) this.#receive(Buffer.from(data));
    });
    socket.addEventListener('close', () => {
      if (!this.destroyed) this.push(null);
    });
  }

  override _read(): void {
    // What comes is pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA_CHANNEL), chunk]));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close();
    done(error);
  }

  #receive(frame: Buffer): void {
    if (this.destroyed) return;
    const [channel = DATA_CHANNEL] = frame;
    const payload = frame.subarray(this.#fresh.delete(channel) ? 1 + PORT_BYTES : 1);
    if (payload.length === 0) return;
    if (channel === DATA_CHANNEL) {
      this.#heard = true;
      this.push(payload);
    } else {
      // What the kubelet says here is a text without a code, with names in it that mean nothing to users.
      this.destroy(new ReachError(this.#heard ? 'Closed' : 'Refused', null, 'through the API server'));
    }
  }
}

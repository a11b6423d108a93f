/**
 * A chain of valid regtest blocks whose times lie in the past, as a network has it that nobody mined on for days. No node mines
 * into the past, so the blocks are made here and submitted with `submitblock`.
 */
import { createHash } from 'node:crypto';

/** Hash of the regtest genesis block, as nodes print it. */
const GENESIS_HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';

/** Compact form of the regtest target: every other hash is below it. */
const BITS = 0x207fffff;

/** Satoshis that a block pays before the first halving, at height 150 of regtest. */
const SUBSIDY = 5_000_000_000n;

/** An output script that anybody can spend: `OP_TRUE`. */
const ANYONE = Buffer.from([0x51]);

/**
 * @param count blocks on top of genesis, fewer than 150
 * @param newest time of the last block; the others are a minute apart before it
 * @returns each block in hex, from height 1 on
 */
export function oldBlocks(count: number, newest: Date): string[] {
  const last = Math.floor(newest.getTime() / 1000);
  const blocks: string[] = [];
  let parent = Buffer.from(GENESIS_HASH, 'hex').reverse();
  for (let height = 1; height <= count; height += 1) {
    const coinbase = coinbaseAt(height);
    const header = mined(parent, hash(coinbase), last - 60 * (count - height));
    blocks.push(Buffer.concat([header, Buffer.from([1]), coinbase]).toString('hex'));
    parent = hash(header);
  }
  return blocks;
}

const hash = (bytes: Buffer): Buffer<ArrayBuffer> =>
  Buffer.from(createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest());

/** A number in little-endian bytes. */
function number(value: number | bigint, bytes: 4 | 8): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 4) buffer.writeUInt32LE(Number(value));
  else buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

/** The transaction that pays the miner; its input names the height (BIP 34), which also makes every block differ. */
function coinbaseAt(height: number): Buffer {
  const script = Buffer.concat([heightScript(height), Buffer.from([0x04]), number(height, 4)]);
  return Buffer.concat([
    number(1, 4),
    Buffer.from([1]),
    Buffer.alloc(32),
    Buffer.from('ffffffff', 'hex'),
    Buffer.from([script.length]),
    script,
    Buffer.from('ffffffff', 'hex'),
    Buffer.from([1]),
    number(SUBSIDY, 8),
    Buffer.from([ANYONE.length]),
    ANYONE,
    number(0, 4),
  ]);
}

/** The height as the shortest push of a script number: `OP_1` to `OP_16`, then one byte, then two. */
function heightScript(height: number): Buffer {
  if (height <= 16) return Buffer.from([0x50 + height]);
  if (height < 0x80) return Buffer.from([1, height]);
  return Buffer.from([2, height & 0xff, height >> 8]);
}

/** The header with the first nonce that satisfies the target. */
function mined(parent: Buffer, merkleRoot: Buffer, time: number): Buffer {
  const start = Buffer.concat([number(0x20000000, 4), parent, merkleRoot, number(time, 4), number(BITS, 4)]);
  for (let nonce = 0; ; nonce += 1) {
    const header = Buffer.concat([start, number(nonce, 4)]);
    // Little-endian: the last byte is the most significant one, and the target is 0x7fffff followed by zeros.
    if ((hash(header)[31] ?? 0xff) < 0x7f) return header;
  }
}

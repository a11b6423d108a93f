import { describe, expect, test } from '@jest/globals';
import { DIALECTS } from '../../../activities/bitcoin/dialects.ts';
import { hostOf, hostPort } from '../../../activities/bitcoin/dialects/answers.ts';
import { DEFAULT_MINING_ADDRESS } from '../../../activities/bitcoin/dialect.ts';
import { RpcFault } from '../../../activities/bitcoin/rpc-fault.ts';
import type { RpcAnswer } from '../../../activities/bitcoin/rpc.ts';
import { IMPLEMENTATIONS } from '../../../workflows/spec.ts';
import { member, TIP } from './world.ts';

const { btcd, 'bitcoin-core': core } = DIALECTS;
const ok = (result: unknown): RpcAnswer => ({ ok: true, result });
const chain = ok({ blocks: 3, bestblockhash: TIP });

describe('btcd', () => {
  test('is never told to add a node: it dials once, by address', () => {
    expect(btcd.dial(member(4))).toEqual({ method: 'addnode', params: ['10.0.0.5:18444', 'onetry'] });
    expect(() => btcd.keep('x')).toThrow(TypeError);
    expect(() => btcd.forget('x')).toThrow(TypeError);
  });

  test('shows a connection by the address of the end that dialled', () => {
    const peers = ok([
      { id: 1, addr: '10.0.0.1:18444', addrlocal: '10.0.0.2:40001', inbound: false },
      { id: 2, addr: '10.0.0.3:40002', addrlocal: '10.0.0.2:18444', inbound: true },
    ]);
    expect(btcd.look('pod', [peers, chain])).toEqual({
      height: 3,
      tip: TIP,
      entries: null,
      peers: [
        { id: 1, address: '10.0.0.1', inbound: false, link: '10.0.0.2:40001' },
        { id: 2, address: '10.0.0.3', inbound: true, link: '10.0.0.3:40002' },
      ],
    });
  });

  test('mines to its own address only', () => {
    expect(btcd.mine('pod', 7, DEFAULT_MINING_ADDRESS)).toEqual({ method: 'generate', params: [7] });
    expect(() => btcd.mine('pod', 7, 'bcrt1q')).toThrow(expect.objectContaining({ reason: 'Unsupported' }));
  });
});

describe('Core', () => {
  test('is told to dial the address and to keep the name', () => {
    const entry = core.entryOf(member(4));
    expect(entry).toBe('net-sts-4.net-svc');
    expect([core.dial(member(4)), core.keep(entry), core.forget(entry)]).toEqual([
      { method: 'addnode', params: ['10.0.0.5:18444', 'onetry'] },
      { method: 'addnode', params: ['net-sts-4.net-svc', 'add'] },
      { method: 'addnode', params: ['net-sts-4.net-svc', 'remove'] },
    ]);
  });

  test('takes "already added", "not added" and "not connected" for success', () => {
    expect([-23, -24, -29, -1, -28].map((code) => core.already(code))).toEqual([true, true, true, false, false]);
  });

  test('shows its list of added nodes as it was given', () => {
    const peers = ok([{ id: 0, addr: '10.0.0.1:18444', addrbind: '10.0.0.2:40001', addrlocal: 'x', inbound: false }]);
    const entries = ok([{ addednode: 'net-sts-1.net-svc', connected: false, addresses: [] }]);
    expect(core.look('pod', [peers, chain, entries])).toMatchObject({
      entries: ['net-sts-1.net-svc'],
      peers: [{ address: '10.0.0.1', link: '10.0.0.2:40001' }],
    });
  });

  test('mines to any address', () => {
    expect(core.mine('pod', 7, 'bcrt1q')).toEqual({ method: 'generatetoaddress', params: [7, 'bcrt1q'] });
  });
});

describe.each(IMPLEMENTATIONS)('answers that %s never gives are not believed:', (implementation) => {
  const dialect = DIALECTS[implementation];
  const peer = { id: 1, addr: '10.0.0.1:18444', addrlocal: '10.0.0.2:1', addrbind: '10.0.0.2:1', inbound: false };

  test.each<[string, RpcAnswer[]]>([
    ['no answers', []],
    ['no list of peers', [ok(null), chain, ok([])]],
    ['a peer that is none', [ok(['x']), chain, ok([])]],
    ['a peer without an address', [ok([{ ...peer, addr: undefined }]), chain, ok([])]],
    ['a peer of unknown direction', [ok([{ ...peer, inbound: 'no' }]), chain, ok([])]],
    ['a peer without its local address', [ok([{ ...peer, addrlocal: 1, addrbind: 1 }]), chain, ok([])]],
    ['a peer with a number that is none', [ok([{ ...peer, id: -1 }]), chain, ok([])]],
    ['a height below zero', [ok([]), ok({ blocks: -1, bestblockhash: TIP }), ok([])]],
    ['a tip that is no hash', [ok([]), ok({ blocks: 1, bestblockhash: 'x' }), ok([])]],
  ])('%s', (_, answers) => {
    expect(() => dialect.look('pod', answers)).toThrow(expect.objectContaining({ reason: 'BadAnswer', pod: 'pod' }));
  });

  test('a refused call keeps the code of the node', () => {
    const refused: RpcAnswer = { ok: false, code: -1, message: 'Command unimplemented' };
    const fault = new RpcFault('CallFailed', 'pod', -1, 'getblockchaininfo: Command unimplemented');
    expect(() => dialect.look('pod', [ok([]), refused, ok([])])).toThrow(fault);
  });
});

test('addresses are read with and without port, in IPv4 and IPv6', () => {
  const addresses = ['10.0.0.1:18444', '10.0.0.1', '[FD00::1]:18444', 'fd00::1', '[::ffff:10.0.0.1]:5', 'node-1:18444'];
  expect(addresses.map(hostOf)).toEqual(['10.0.0.1', '10.0.0.1', 'fd00::1', 'fd00::1', '10.0.0.1', 'node-1']);
  expect([hostPort('10.0.0.1', 5), hostPort('fd00::1', 5)]).toEqual(['10.0.0.1:5', '[fd00::1]:5']);
});

/** The proxy over real connections: a server behind it, and a client before it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '../support/worker-process.ts';
import { FaultyLink } from './faulty-link.ts';

const LOOPBACK = '127.0.0.1';
const QUESTION = 'how are you?';
const ANSWER = 'x'.repeat(1_000);

let server: Server;
let link: FaultyLink;
let port: number;
let client: Socket;
/** What the server was asked. */
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      asked.push(chunk.toString());
      socket.write(ANSWER);
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const target = { host: LOOPBACK, port: (server.address() as AddressInfo).port };
  port = await freePort();
  link = await new FaultyLink({ host: LOOPBACK, port, target: () => target }).start();
});

afterEach(async () => {
  client.destroy();
  await link.stop();
  server.close();
});

/** Everything that comes back until the connection ends, or enough has come. */
async function talk(enough = Infinity): Promise<{ text: string; ended: 'closed' | 'reset' | 'open' }> {
  client = connect(port, LOOPBACK);
  client.write(QUESTION);
  return listen(client, enough);
}

function listen(socket: Socket, enough = Infinity): Promise<{ text: string; ended: 'closed' | 'reset' | 'open' }> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.length >= enough) resolve({ text, ended: 'open' });
    });
    socket.on('end', () => {
      resolve({ text, ended: 'closed' });
    });
    socket.on('error', () => {
      resolve({ text, ended: 'reset' });
    });
  });
}

test('passes on what it gets, to either side', async () => {
  expect(await talk(ANSWER.length)).toEqual({ text: ANSWER, ended: 'open' });
  expect(asked).toEqual([QUESTION]);
});

test('refuses, and cuts what stands, until it does so no more', async () => {
  await talk(ANSWER.length);
  const standing = listen(client);
  link.begin('refuse');
  expect((await standing).ended).toBe('reset');
  expect((await talk()).ended).toBe('reset');
  link.end();
  expect(await talk(ANSWER.length)).toEqual({ text: ANSWER, ended: 'open' });
});

test('cuts what stands, and takes new connections', async () => {
  await talk(ANSWER.length);
  const standing = listen(client);
  link.begin('cut');
  expect((await standing).ended).toBe('reset');
  expect((await talk(ANSWER.length)).text).toBe(ANSWER);
});

test('holds what comes, and cuts off who waited', async () => {
  link.begin('hang');
  const waiting = talk();
  await once(client, 'connect');
  link.end();
  expect(await waiting).toEqual({ text: '', ended: 'reset' });
  expect(asked).toEqual([]);
});

test('gives half an answer', async () => {
  link.begin('half');
  const { text, ended } = await talk();
  expect([ended, ANSWER.startsWith(text), text.length > 0, text.length < ANSWER.length]).toEqual([
    'closed',
    true,
    true,
    true,
  ]);
});

test('passes everything on when it is slow, in order', async () => {
  link.begin('slow');
  expect((await talk(ANSWER.length)).text).toBe(ANSWER);
});

test('answers in the place of the server: with nonsense, or with what it is told', async () => {
  link.begin('garbage');
  expect((await talk()).text).toContain('what are you talking about?');
  link.end();
  link.begin('garbage', Buffer.from('HTTP/1.1 401 Unauthorized\r\n\r\n'));
  expect((await talk()).text).toBe('HTTP/1.1 401 Unauthorized\r\n\r\n');
  expect(asked).toEqual([]);
});

/** The configuration that btcnet writes for Bitcoin Core, read by the stand-in as Core reads it. */
import { describe, expect, test } from '@jest/globals';
import { coreConfig } from '../../../activities/kubernetes/manifests/node-config.ts';
import { readArguments, readSettings, settingsOf } from '../../support/core-image/config.ts';

const WRITTEN = coreConfig({ user: 'someone', password: 'pass=word', networkUid: 'a-b' });

describe('bitcoin.conf', () => {
  test('as btcnet writes it says everything, and nothing that Core would warn of', () => {
    expect(settingsOf(WRITTEN)).toEqual({
      rpcUser: 'someone',
      rpcPassword: 'pass=word',
      rpcHost: '0.0.0.0',
      rpcPort: 18332,
      rest: true,
      listen: true,
      uacomment: 'a-b',
      warnings: [],
    });
  });

  test('opens its ports only where the section of the chain says so', () => {
    const { rpcHost, listen, warnings } = settingsOf(WRITTEN.replace('[regtest]\n', ''));
    expect([rpcHost, listen]).toEqual(['127.0.0.1', true]);
    expect(warnings).toContain(
      'Config setting for -rpcbind only applied on regtest network when in [regtest] section.',
    );
    expect(settingsOf(WRITTEN.replace('listen=1\n', '')).listen).toBe(false);
  });

  test('is warned of where a name or a section is unknown, and of two lines the first counts', () => {
    const { uacomment, warnings } = settingsOf(`colour=red\nuacomment=first\n${WRITTEN}[elsewhere]\n`);
    expect(uacomment).toBe('first');
    expect(warnings).toEqual(['Ignoring unknown configuration value colour', 'Section [elsewhere] is not recognized.']);
  });

  test.each([
    ['nonsense', 'parse error on line 1: nonsense'],
    ['-rest=1', 'options in configuration file must be specified without leading -'],
    ['rpcpassword=a#b', 'using # in rpcpassword can be ambiguous'],
  ])('is refused for the line "%s"', (line, problem) => {
    expect(() => settingsOf(`${line}\n${WRITTEN}`)).toThrow(problem);
  });

  test('must be there', () => {
    expect(() => readSettings('/nowhere/bitcoin.conf')).toThrow(
      'Error reading configuration file: specified config file "/nowhere/bitcoin.conf" could not be opened.',
    );
  });
});

test('the options of a command line end where its method begins', () => {
  expect(readArguments(['-regtest', '-conf=/bitcoin.conf', 'disconnectnode', '', '-1'])).toEqual({
    options: new Map([
      ['regtest', '1'],
      ['conf', '/bitcoin.conf'],
    ]),
    words: ['disconnectnode', '', '-1'],
  });
});

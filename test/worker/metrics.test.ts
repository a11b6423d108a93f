import { expect, test } from '@jest/globals';
import { createLog, activityLogger, temporalLogger } from '../../worker/logging.ts';
import { metricsText, TroubleCount } from '../../worker/metrics.ts';

test('Prometheus is told of every check and of every reason', () => {
  const troubles = new TroubleCount();
  troubles.add('warn', { reason: 'SecretMissing', network: 'default/my-network' });
  troubles.add('warn', { reason: 'SecretMissing', network: 'default/other' });
  troubles.add('error', { error: new TypeError('x is not a function') });
  expect(
    metricsText(
      [
        ['worker', null],
        ['temporal', 'Unreachable'],
      ],
      troubles.list(),
    ),
  ).toBe(`# HELP btcnet_check_ok Whether a check of the worker holds (1) or not (0).
# TYPE btcnet_check_ok gauge
btcnet_check_ok{check="worker"} 1
btcnet_check_ok{check="temporal"} 0
# HELP btcnet_log_lines_total Warnings and errors that the worker has logged, by reason.
# TYPE btcnet_log_lines_total counter
btcnet_log_lines_total{level="warn",reason="SecretMissing"} 2
btcnet_log_lines_total{level="error",reason="TypeError"} 1
`);
});

test.each<[string, unknown]>([
  ['none', { network: 'default/my-network' }],
  ['nothing but a message', 'Worker failed'],
  ['one with a quote and a line break', { reason: 'A"} 1\nbtcnet_check_ok{check="temporal' }],
  ['one that is no word', { reason: 'my-network-sts-17' }],
  ['one that is a number', { reason: 17 }],
  ['one that is too long', { reason: 'A'.repeat(65) }],
])('a line whose reason is %s is counted without it', (_what, fields) => {
  const troubles = new TroubleCount();
  troubles.add('warn', fields);
  expect(troubles.list()).toEqual([{ level: 'warn', reason: 'Unnamed', lines: 1 }]);
});

test('reasons without end are counted together, those that are known each by itself', () => {
  const troubles = new TroubleCount();
  for (let at = 0; at < 10_000; at += 1) troubles.add('warn', { reason: `Made${at}Up` });
  troubles.add('warn', { reason: 'Made0Up' });
  const counted = troubles.list();
  expect(counted.length).toBeLessThan(300);
  expect(counted.find(({ reason }) => reason === 'Made0Up')?.lines).toBe(2);
  expect(counted.reduce((sum, { lines }) => sum + lines, 0)).toBe(10_001);
});

test('warnings and errors of the worker, of its activities and of its workflows are told of; information is not', () => {
  const told: [string, unknown][] = [];
  const log = createLog({ logLevel: 'warn' }, (level, fields) => told.push([level, fields]));
  log.info({ reason: 'Quiet' }, 'nothing to see');
  log.warn({ reason: 'Own' }, 'own');
  activityLogger(log).warn('of an activity', { reason: 'OfActivity' });
  activityLogger(log).info('of an activity', { reason: 'Quiet' });
  temporalLogger(log).error('of a workflow', { reason: 'OfWorkflow' });
  expect(told).toMatchObject([
    ['warn', { reason: 'Own' }],
    ['warn', { reason: 'OfActivity' }],
    ['error', { reason: 'OfWorkflow' }],
  ]);
});

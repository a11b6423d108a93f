/** One structured log for everything: constant messages, data as fields, JSON on standard output. */
import { DefaultLogger, type LogLevel, type LogMetadata } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import type { WorkerConfig } from './config.ts';

/** pino's number for a warning; errors have higher ones. */
const WARN = 40;

/** @param onTrouble told of every line that calls for attention: a warning or an error, with its fields */
export const createLog = (
  { logLevel }: Pick<WorkerConfig, 'logLevel'>,
  onTrouble: (level: string, fields: unknown) => void = () => undefined,
): Logger =>
  pino({
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { error: pino.stdSerializers.err },
    hooks: {
      logMethod(args, method, level) {
        if (level >= WARN) onTrouble(pino.levels.labels[level] ?? 'error', args[0]);
        method.apply(this, args);
      },
    },
  });

const LEVELS: Record<LogLevel, 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** What Temporal's SDK and the workflows have to say, in the same log. */
export const temporalLogger = (log: Logger): DefaultLogger =>
  new DefaultLogger('INFO', ({ level, message, meta }) => {
    log[LEVELS[level]](fieldsOf(meta), message);
  });

/** Symbols and bigints, which JSON does not know, are left out or written as text. */
const fieldsOf = (meta: LogMetadata | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]),
  );

/** The narrow logger of the activities, on top of the same log. */
export const activityLogger = (log: Logger) => ({
  info: (message: string, fields: Record<string, unknown> = {}): void => {
    log.info(fields, message);
  },
  warn: (message: string, fields: Record<string, unknown> = {}): void => {
    log.warn(fields, message);
  },
  error: (message: string, fields: Record<string, unknown> = {}): void => {
    log.error(fields, message);
  },
});

/** Credentials out of the Secret that a network names. */
import { PASSWORD_KEY, USER_KEY } from '../../workflows/names.ts';
import { withoutLineEnd, type Implementation } from '../../workflows/spec.ts';
import { StepError } from './errors.ts';
import type { SourceCredentials } from './manifests/node-secret.ts';
import type { LiveSecret } from './objects.ts';

/** The decoded value of a key; null when it is not there or not text. */
export function valueOf({ data }: LiveSecret, key: string): string | null {
  const value = data?.[key];
  return value === undefined ? null : Buffer.from(value, 'base64').toString('utf8');
}

/**
 * User and password, without the newline that `echo` likes to leave at their end.
 *
 * @throws StepError `SecretIncomplete` or `SecretInvalid`, naming Secret and key but never the value
 */
export function sourceCredentials(secret: LiveSecret, implementation: Implementation): SourceCredentials {
  const { uid, resourceVersion } = secret.metadata;
  return {
    user: checked(secret, USER_KEY, implementation),
    password: checked(secret, PASSWORD_KEY, implementation),
    version: `${uid}/${resourceVersion}`,
  };
}

function checked(secret: LiveSecret, key: string, implementation: Implementation): string {
  const { namespace, name } = secret.metadata;
  const value = withoutLineEnd(valueOf(secret, key) ?? '');
  if (value === '') {
    const message = `The Secret ${namespace}/${name} has no value for the key ${key}; add it.`;
    throw new StepError({ reason: 'SecretIncomplete', message });
  }
  const problem = problemOf(value, key, implementation);
  if (problem === null) return value;
  const message = `The value of the key ${key} in the Secret ${namespace}/${name} must not contain ${problem}.`;
  throw new StepError({ reason: 'SecretInvalid', message });
}

/** What neither a configuration file nor basic authentication can carry. */
function problemOf(value: string, key: string, implementation: Implementation): string | null {
  if (/\p{Cc}|\uFFFD/u.test(value)) return 'line breaks, control characters or anything that is not UTF-8';
  if (key === USER_KEY && value.includes(':')) return "':', which separates user and password";
  // Bitcoin Core's parser ends a value there and trims it; btcd's files quote their values.
  if (implementation === 'bitcoin-core' && (value.includes('#') || value.trim() !== value)) {
    return "'#', nor begin or end with a space, in a network of Bitcoin Core";
  }
  return null;
}

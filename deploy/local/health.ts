import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

/** One probe may take this long, in ms. */
const PROBE_TIMEOUT = 2000;
const PROBE_INTERVAL = 100;

/** Whether a health endpoint answers 200. */
export function answersOk(url: string, authority?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (ok: boolean): void => {
      resolve(ok);
    };
    try {
      const options = { timeout: PROBE_TIMEOUT, agent: false as const };
      const request = url.startsWith('https:')
        ? httpsGet(url, { ...options, ...(authority === undefined ? {} : { ca: readFileSync(authority) }) })
        : httpGet(url, options);
      request.on('response', (response) => {
        response.resume();
        done(response.statusCode === 200);
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', () => {
        done(false);
      });
    } catch {
      // The authority's file is not there yet.
      done(false);
    }
  });
}

/** Asks until the answer is yes. Returns false when `timeout` ms have passed or `goneWrong` says so. */
export async function waitUntil(
  isSo: () => Promise<boolean>,
  timeout: number,
  goneWrong: () => boolean = () => false,
): Promise<boolean> {
  const deadline = Date.now() + timeout;
  for (;;) {
    if (await isSo()) return true;
    if (goneWrong() || Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL));
  }
}

import { expect, test } from '@jest/globals';
import { SearchAttributes } from '../../worker/search-attributes.ts';

const silent = { info: () => undefined, warn: () => undefined };

test('a server that does not say which search attributes it has counts as one without, and later as what it was', async () => {
  const answers: (boolean | Error)[] = [new Error('not allowed'), false, true, new Error('away'), false];
  const ask = (): Promise<boolean> => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer === true);
  };
  const attributes = new SearchAttributes({ ask, register: () => Promise.resolve() }, silent);
  const found: boolean[] = [];
  while (answers.length > 0) {
    await attributes.look();
    found.push(attributes.found);
  }
  expect(found).toEqual([false, false, true, true, false]);
});

test('what is missing is registered at the start and used from the next look on; a server that refuses has none', async () => {
  for (const refused of [false, true]) {
    let there = false;
    const register = (): Promise<void> => {
      if (refused) return Promise.reject(new Error('not allowed'));
      there = true;
      return Promise.resolve();
    };
    const attributes = new SearchAttributes({ ask: () => Promise.resolve(there), register }, silent);
    await attributes.start();
    attributes.stop();
    expect(attributes.found).toBe(false);
    await attributes.look();
    expect(attributes.found).toBe(!refused);
  }
});

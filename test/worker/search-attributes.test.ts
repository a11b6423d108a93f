import { expect, test } from '@jest/globals';
import { SearchAttributes } from '../../worker/search-attributes.ts';

const silent = { info: () => undefined, warn: () => undefined };

test('a server that does not say which search attributes it has counts as one without, and later as what it was', async () => {
  const answers: (boolean | Error)[] = [new Error('not allowed'), false, true, new Error('away'), false];
  const attributes = new SearchAttributes(() => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer === true);
  }, silent);
  const found: boolean[] = [];
  while (answers.length > 0) {
    await attributes.look();
    found.push(attributes.found);
  }
  expect(found).toEqual([false, false, true, true, false]);
});

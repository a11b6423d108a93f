/** Parameters of a call as people type them for `bitcoin-cli`. */

/**
 * Each word is what it says as JSON (`3`, `true`, `null`, `["a"]`, `{"b":1}`, `"text"`), and itself where it is no JSON. So is a number
 * that could not be handed on exactly: the hash of a block can consist of digits.
 */
export const parseParams = (words: readonly string[]): unknown[] => words.map(parsed);

function parsed(word: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch {
    return word;
  }
  const exact = typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value);
  return exact && value !== Infinity && value !== -Infinity ? value : word;
}

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mountsBelow } from '../../deploy/local/host/mounts.ts';

const mountinfo = (...points: string[]): string =>
  points
    .map((point, index) => `${index + 20} 1 0:${index} / ${point} rw,relatime shared:4 - tmpfs tmpfs rw\n`)
    .join('');

test('mounts below a directory come innermost first, the way they must be unmounted', () => {
  const text = mountinfo('/', '/state/kubelet', '/state/kubelet/pods/1/volume', '/proc');
  expect(mountsBelow(text, '/state')).toEqual(['/state/kubelet/pods/1/volume', '/state/kubelet']);
});

test('the directory itself is not among them: it may be a disk of the user', () => {
  expect(mountsBelow(mountinfo('/state'), '/state')).toEqual([]);
});

test('a directory whose name only begins the same is another one', () => {
  expect(mountsBelow(mountinfo('/state2', '/state-old/run', '/other/state/run'), '/state')).toEqual([]);
});

test('two mounts on one point are two', () => {
  expect(mountsBelow(mountinfo('/state/run', '/state/run'), '/state')).toEqual(['/state/run', '/state/run']);
});

test.each([
  [String.raw`/state/with\040blank`, '/state/with blank'],
  [String.raw`/state/back\134slash`, String.raw`/state/back\slash`],
  [String.raw`/state/not\1340octal`, String.raw`/state/not\0octal`],
])('%s is the path %s', (written, path) => {
  expect(mountsBelow(mountinfo(written), '/state')).toEqual([path]);
});

test('whatever is mounted, all of what lies below is found and nothing else', () => {
  const name = fc.constantFrom('state', 'state2', 'run', 'a', 'b');
  const point = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);
  fc.assert(
    fc.property(fc.array(point), (points) => {
      const found = mountsBelow(mountinfo(...points), '/state');
      expect(found).toEqual(points.filter((one) => one.startsWith('/state/')).reverse());
    }),
  );
});

test('a machine without mounts has none', () => {
  expect(mountsBelow('', '/state')).toEqual([]);
});

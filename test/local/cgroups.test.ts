import { expect, test } from '@jest/globals';
import { cgroupMounts, withControllers } from '../../deploy/local/host/cgroups.ts';

const VERSION_1 = `sysfs /sys sysfs rw,nosuid 0 0
tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
`;
const VERSION_2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nsdelegate 0 0\n';
const BOOKKEEPING = 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n';

test('version 1 has a hierarchy for each set of controllers', () => {
  expect(cgroupMounts(VERSION_1)).toEqual([
    { path: '/sys/fs/cgroup/cpu,cpuacct', version: 1 },
    { path: '/sys/fs/cgroup/memory', version: 1 },
  ]);
});

test('version 2 has one for all', () => {
  expect(cgroupMounts(VERSION_2)).toEqual([{ path: '/sys/fs/cgroup', version: 2 }]);
});

test('containers are put into all of them, where there are both', () => {
  expect(cgroupMounts(VERSION_1 + BOOKKEEPING).map(({ version }) => version)).toEqual([1, 1, 2]);
});

test('beside version 1, version 2 has no controllers', () => {
  expect(withControllers(cgroupMounts(VERSION_1 + BOOKKEEPING))).toEqual(cgroupMounts(VERSION_1));
});

test('alone, version 2 has all of them', () => {
  expect(withControllers(cgroupMounts(VERSION_2))).toEqual(cgroupMounts(VERSION_2));
});

test('a machine without cgroups has no hierarchy', () => {
  expect(cgroupMounts('proc /proc proc rw 0 0\ncgroupfs /mnt/cgroup ext4 rw 0 0\n')).toEqual([]);
});

/** Node 24 runs the TypeScript as it is: no transformer. */
const project = {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
};

export default {
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'workflows/**/*.ts',
    'activities/**/*.ts',
    'worker/**/*.ts',
    'client/**/*.ts',
    'deploy/**/*.ts',
  ],
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(temporal|replay|integration)/'],
    },
    {
      ...project,
      displayName: 'temporal',
      testMatch: ['<rootDir>/test/{temporal,replay}/**/*.test.ts'],
      globalSetup: '<rootDir>/test/temporal/setup.ts',
      globalTeardown: '<rootDir>/test/temporal/teardown.ts',
    },
    {
      ...project,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      globalSetup: '<rootDir>/test/integration/setup.ts',
      globalTeardown: '<rootDir>/test/integration/teardown.ts',
    },
  ],
};

import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Folders import downwards only: workflows ← activities ← worker; the client knows messages, names and the activities' libraries. */
const border = (message, ...regex) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: regex.map((one) => ({ regex: one, message })) }],
});

/** The pure model: decisions without a single import from outside their own folder. */
const MODEL = [
  'names',
  'spec',
  'facts',
  'observation',
  'topology',
  'conditions',
  'status',
  'plan',
  'memory',
  'words',
  'diary',
  'node-watch',
];

export default defineConfig(
  globalIgnores(['coverage/', 'node_modules/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'no-console': 'error',
      'max-lines': ['warn', { max: 300, skipBlankLines: true }],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: border(
      'Workflow code runs in a sandbox and is replayed: no Node, no Kubernetes client, no activities but their types.',
      '^node:',
      '^@kubernetes/',
      '^undici',
      '^@temporalio/(worker|client|activity|testing)',
      '^\\.\\./(worker|client|deploy|test)/',
    ),
  },
  {
    files: MODEL.map((name) => `workflows/${name}.ts`),
    rules: border('The model is pure: it imports only from its own files.', '^(?!\\./)'),
  },
  {
    files: ['activities/**/*.ts'],
    rules: border(
      'Activities import workflows (names, messages, model) and nothing above themselves.',
      '(^|/)(worker|client|deploy|test)/',
    ),
  },
  {
    files: ['worker/**/*.ts'],
    rules: border(
      'The worker composes workflows and activities; it knows no client and no test.',
      '(^|/)(client|deploy|test)/',
    ),
  },
  {
    files: ['client/**/*.ts'],
    rules: {
      'no-console': 'off',
      ...border(
        'The client uses messages, names and the libraries for nodes and cluster, never activities or the worker.',
        '(^|/)(worker|deploy|test)/',
        '(^|/)activities/(?!(bitcoin|kubernetes)/)',
      ),
    },
  },
  {
    files: ['deploy/**/*.ts', 'docs/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);

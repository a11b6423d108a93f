import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { CHECKOUT, codeBlocks } from './code-blocks.ts';

/** What the compiler has to say of files that stand nowhere but here, with the settings of the checkout. */
function complaints(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(CHECKOUT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, CHECKOUT);
  // An example may leave its result to the reader.
  const options = { ...parsed.options, noUnusedLocals: false };
  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, settings, ...rest) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, settings, ...rest) : ts.createSourceFile(path, text, settings);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  });
}

describe('the examples in', () => {
  test.each(['docs/typescript.md', 'docs/cli.md'])('%s fit the library', (page) => {
    const examples = codeBlocks(page, 'ts');
    expect(examples.length).toBeGreaterThan(0);
    const files = new Map(examples.map(({ code }, index) => [join(CHECKOUT, 'docs', `example-${index}.ts`), code]));
    expect(complaints(files)).toEqual([]);
  });

  test('a page that do not fit are noticed', () => {
    const code = "import { BtcnetClient } from 'btcnet';\nawait new BtcnetClient().fly('my-network');\n";
    expect(complaints(new Map([[join(CHECKOUT, 'docs', 'example.ts'), code]]))).toEqual([
      expect.stringContaining("'fly'"),
    ]);
  });
});

/**
 * Writes the types of the library: dist/index.d.ts and dist/fetch.d.ts, each in one file, and the report
 * of its public surface. With `--check` it fails when that report has changed.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type IConfigFile,
} from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
/** Below the package, where the extractor finds package.json; what lies in node_modules is foreign to it. */
const folder = join(root, 'dist/types');
const reports = join(root, 'test/library');
const ENTRIES = ['index', 'fetch'];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
emit();
for (const entry of ENTRIES) roll(entry);
rmSync(folder, { recursive: true });

/** One declaration file for each source file. */
function emit(): void {
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(root, 'src'),
    outDir: folder,
    types: ['node'],
  };
  const files = ENTRIES.map((name) => join(root, 'src/library', `${name}.ts`));
  const declared = join(root, 'src/core/http/undici-modules.d.ts');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      files: [...files, declared],
      include: [],
    }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  // The extractor follows only names that JavaScript could have.
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue;
    const text = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), text.replaceAll(/(['"])(\.[^'"\n]+)\.ts\1/g, '$1$2.js$1'));
  }
}

/** What a user of the library sees, in one file without imports of files that are not published. */
function roll(entry: string): void {
  const input = join(folder, 'library', `${entry}.d.ts`);
  const config: IConfigFile = {
    mainEntryPointFilePath: input,
    projectFolder: root,
    compiler: {
      overrideTsconfig: {
        extends: join(root, 'tsconfig.json'),
        files: [input],
        include: [],
      },
    },
    apiReport: {
      enabled: true,
      reportFolder: reports,
      reportTempFolder: folder,
      reportFileName: `${entry}.api.md`,
    },
    docModel: { enabled: false },
    tsdocMetadata: { enabled: false },
    dtsRollup: { enabled: true, untrimmedFilePath: join(folder, `${entry}.rolled.d.ts`) },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
    },
  };
  const { succeeded, apiReportChanged } = Extractor.invoke(
    ExtractorConfig.prepare({
      configObject: config,
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, 'package.json'),
    }),
    {
      localBuild: !check,
      messageCallback: (message) =>
        (message.handled = message.logLevel !== ExtractorLogLevel.Error),
    },
  );
  if (check && apiReportChanged) {
    throw new Error(
      `The public surface changed: npm run types writes test/library/${entry}.api.md`,
    );
  }
  if (!succeeded) throw new Error(`The types of ${entry} cannot be written`);
  cpSync(join(folder, `${entry}.rolled.d.ts`), join(root, 'dist', `${entry}.d.ts`));
  const text = readFileSync(join(root, 'dist', `${entry}.d.ts`), 'utf8');
  const foreign = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
  if (foreign.length > 0) throw new Error(`${entry}.d.ts imports ${foreign.join()}`);
}

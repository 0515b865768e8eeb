import { expect, test } from 'vitest';
import type { ErrorReport } from '../../src/core/error-report.ts';
import { reportError } from '../../src/terminal/report-error.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';

async function printed(report: Partial<ErrorReport>): Promise<string> {
  let text = '';
  const stderr = { write: (part: string) => (text += part) !== '' };
  const terminal = { stderr, env: {} } as unknown as Terminal;
  const known = { kind: 'api', code: 'c', hint: undefined, request_id: undefined } as const;
  const whole: ErrorReport = { ...known, message: '', status: undefined, ...report };
  await reportError(whole, terminal, { json: false, stack: '' });
  return text;
}

test('an error shows its HTTP status on a second line when its message does not name it', async () => {
  const report = { message: 'HOST refused', status: 400, hint: 'Do this.' };
  expect(await printed(report)).toBe('error: HOST refused\n  (HTTP 400)\n  Do this.\n');
});

test.each(['HOST answered HTTP 418: no', 'HOST answered with a redirect (418)'])(
  'an error does not repeat the status of its message: %s',
  async (message) => {
    expect(await printed({ message, status: 418 })).toBe(`error: ${message}\n`);
    expect(await printed({ message, status: 418, request_id: 'r1' })).toBe(
      `error: ${message}\n  (request r1)\n`,
    );
  },
);

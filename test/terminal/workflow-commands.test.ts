import { expect, test } from 'vitest';
import { withoutCommands } from '../../src/terminal/workflow-commands.ts';

test.each(['::error::x', 'a\n::set-env name=x::y', '  ::warning::x', 'a ##[error]b', '##[group]x'])(
  'in GitHub Actions %j commands nothing',
  (text) => {
    const shown = withoutCommands(text, { GITHUB_ACTIONS: 'true' });
    expect(shown).not.toMatch(/^\s*::/m);
    expect(shown).not.toContain('##[');
    expect(shown.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(withoutCommands(text, {})).toBe(text);
  },
);

test('other colons stay as they are', () => {
  const text = 'error: std::string, [::1]:80\n  hint: a:b';
  expect(withoutCommands(text, { GITHUB_ACTIONS: 'true' })).toBe(text);
});

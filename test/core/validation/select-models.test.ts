import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { catalogue } from '../../../src/core/qwen/models.ts';
import { plannedModels } from '../../../src/core/validation/plan.ts';
import { selectModels, globMatches } from '../../../src/core/validation/select-models.ts';
import { bound } from '../../helpers/validate.ts';

const required = (...models: string[]) => models.map((model) => ({ model, required: true }));
const listed = ['llama3', 'qwen3-coder-plus', 'qwen-vl-plus', 'qwen2.5:7b'];

describe('the tested models', () => {
  it('are those of the catalogue by default, with the expected ones required', () => {
    expect(selectModels({ known: catalogue, patterns: [] })).toEqual([
      { model: 'qwen3-coder-plus', required: true },
      { model: 'qwen3-coder-flash', required: true },
      { model: 'coder-model', required: true },
      { model: 'vision-model', required: true },
      { model: 'qwen-vl-max-latest', required: false },
      { model: 'qwen-vl-plus', required: false },
    ]);
  });

  it('are the named ones, all required, each once and in order', () => {
    const patterns = ['qwen-vl-plus', 'llama3', 'qwen-vl-plus'];
    expect(selectModels({ known: catalogue, patterns })).toEqual(
      required('qwen-vl-plus', 'llama3'),
    );
  });

  it('are with --live all listed ones and the named ones, all required', () => {
    expect(selectModels({ known: catalogue, patterns: [], live: true, listed })).toEqual(
      required(...listed),
    );
    expect(
      selectModels({ known: catalogue, patterns: ['own'], live: true, listed: ['a'] }),
    ).toEqual(required('a', 'own'));
  });

  it('are those that a glob matches in the list, or in the catalogue where it matches none', () => {
    expect(selectModels({ known: catalogue, patterns: ['*coder-p*', 'llama?'], listed })).toEqual(
      required('qwen3-coder-plus', 'llama3'),
    );
  });

  it('are only listed ones when a glob matches one of them', () => {
    const local = ['llama3', 'qwen3:4b'];
    for (const patterns of [['*'], ['*', '!x']]) {
      expect(selectModels({ known: catalogue, patterns, listed: local })).toEqual(
        required(...local),
      );
    }
  });

  it('are optional when a glob matches a catalogue model that is not listed and may be unavailable', () => {
    const patterns = ['qwen-vl-max*'];
    expect(selectModels({ known: catalogue, patterns, listed })).toEqual([
      { model: 'qwen-vl-max-latest', required: false },
    ]);
  });

  it('are those of a file, or the named ones of them', () => {
    const described = [
      { model: 'a', required: true },
      { model: 'b1', required: false },
      { model: 'b2', required: true },
    ];
    expect(selectModels({ known: catalogue, patterns: [], described })).toEqual(described);
    expect(selectModels({ known: catalogue, patterns: ['b*'], described })).toEqual(
      described.slice(1),
    );
    expect(() => selectModels({ known: catalogue, patterns: ['c'], described })).toThrow(
      UsageError,
    );
  });

  const selected = (patterns: string[], more: object = {}) =>
    selectModels({ known: catalogue, patterns, listed, ...more }).map(({ model }) => model);

  it.each<[string[], string[]]>([
    [['!qwen3-*'], ['llama3', 'qwen-vl-plus', 'qwen2.5:7b']],
    [
      ['!*:*', '!qwen-vl-plus'],
      ['llama3', 'qwen3-coder-plus'],
    ],
    [
      ['qwen*', '!*-flash', '!qwen-vl-*'],
      ['qwen3-coder-plus', 'qwen2.5:7b'],
    ],
    [
      ['!qwen-vl-*', '!*-flash', 'qwen*'],
      ['qwen3-coder-plus', 'qwen2.5:7b'],
    ],
    [['own', '!no-such-*'], ['own']],
  ])('are with %j all but those behind an exclamation mark: %j', (patterns, models) => {
    expect(selected(patterns)).toEqual(models);
  });

  it('are all but the excluded ones of a file, of --live and of an endpoint without a list', () => {
    const described = ['a', 'b1', 'b2'].map((model) => ({ model, required: true }));
    expect(selected(['!b*'], { described })).toEqual(['a']);
    expect(selected(['b*', '!b2'], { described })).toEqual(['b1']);
    expect(selected(['!qwen*'], { live: true })).toEqual(['llama3']);
    expect(selected(['!qwen*'], { listed: undefined })).toEqual(['coder-model', 'vision-model']);
    expect(() => selected(['qwen*', '!qwen*'])).toThrow('-m leaves no model: qwen*, !qwen*');
  });

  it('are no models when nothing matches', () => {
    expect(() => selectModels({ known: catalogue, patterns: ['gpt-*'], listed })).toThrow(
      'No model matches "gpt-*"',
    );
  });
});

describe('a glob', () => {
  it.each([
    ['qwen*', 'qwen3-coder-plus', true],
    ['qwen*', 'a-qwen', false],
    ['*', 'anything/at all', true],
    ['q?en', 'qwen', true],
    ['q?en', 'qween', false],
    ['qwen2.5*', 'qwen2x5', false],
    ['a+b(c)[d]{e}|^$', 'a+b(c)[d]{e}|^$', true],
    ['*:7b', 'qwen2.5:7b', true],
  ])('the glob %s is compared with the id %s: %s', (pattern, id, matches) => {
    expect(globMatches(pattern, id)).toBe(matches);
  });

  it('without wildcards matches only the same text', () => {
    const id = fc.string().filter((text) => !/[*?]/.test(text));
    fc.assert(fc.property(id, id, (a, b) => globMatches(a, b) === (a === b)));
    fc.assert(fc.property(id, (a) => globMatches(a, a)));
  });
});

it('the limits of a model in a file override those for all models', () => {
  const [plain, own] = plannedModels(
    [
      { model: 'a', required: true },
      { model: 'b', required: true, limits: { timeout: 5, max_ttft: bound(7) } },
    ],
    undefined,
    { timeout: 1000, retries: 2 },
  );
  expect(plain?.limits).toEqual({ timeout: 1000, retries: 2 });
  expect(own?.limits).toEqual({ timeout: 5, retries: 2, max_ttft: bound(7) });
});

it('the default limits of a model are two minutes and no retries', () => {
  const [candidate] = plannedModels(required('a'), undefined);
  expect(candidate?.limits).toEqual({ timeout: 120_000, retries: 0 });
});

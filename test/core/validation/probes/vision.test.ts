import { describe, expect, it } from 'vitest';
import { createChecks } from '../../../../src/core/validation/checks.ts';
import { createDraw } from '../../../../src/core/validation/draw.ts';
import { judgeSeen, visionProbe } from '../../../../src/core/validation/probes/vision.ts';
import { describeImage } from '../../../../src/sandbox/model/image-description.ts';
import { readPng } from '../../../../src/sandbox/model/png.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

function pictureIn(request: Asked | undefined): string {
  const content = request?.messages[0]?.content;
  const part = Array.isArray(content)
    ? content.find(({ type }) => type === 'image_url')
    : undefined;
  return part?.type === 'image_url' ? part.image_url.url : '';
}

const SEEDS = Array.from({ length: 40 }, (_, index) => `seed ${index}`);

/** The checks that fail an answer to the picture of a red circle and the number 4850. */
function failed(answer: string): string[] {
  const checks = createChecks();
  judgeSeen(checks, answer, { colour: 'red', shape: 'circle', number: 4850 }, 'Wrong');
  return checks
    .reports()
    .filter(({ verdict: found }) => found === 'fail')
    .map(({ check }) => check);
}

describe('the picture of the vision probe', () => {
  it('is a PNG that another program can read', async () => {
    const { asked } = await judgeProbe(visionProbe, 'red');
    const [, base64 = ''] = /^data:image\/png;base64,(.+)$/.exec(pictureIn(asked[0])) ?? [];
    expect(base64.length).toBeLessThan(4000);
    const image = readPng(Buffer.from(base64, 'base64'));
    expect(image).toMatchObject({ width: 224, height: 224 });
    expect([...(image?.pixels.subarray(0, 3) ?? [])]).toEqual([255, 255, 255]);
  });

  it('has every colour, shape and digit, and a reader sees what the probe expects', async () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const { finding } = await judgeProbe(
        visionProbe,
        (request) => {
          const { colour, shape, number = '' } = describeImage(pictureIn(request));
          for (const part of [colour, shape, ...number]) seen.add(part);
          return `A ${colour} ${shape}, ${number}.`;
        },
        { seed },
      );
      expect([seed, finding]).toEqual([seed, { verdict: 'pass', reason: undefined }]);
    }
    expect(seen.size).toBe(4 + 4 + 10);
  });
});

describe('an answer about a picture', () => {
  it.each([
    'red, circle, 4850',
    'Red circle 4850',
    '**red**\n**circle**\n**4850**',
    'The shape is a red disc; the number below it is 4,850.',
    'red circle, 4 8 5 0',
    'Colour: red\nShape: circle\nNumber: 4850 (black on white)',
    'I see 1 red circle - 4850',
    '{"colour":"red","shape":"circle","number":4850}',
    '红色，圆形，4850',
    'scarlet dot ٤٨٥٠',
  ])('that is right passes: %j', (answer) => {
    expect(failed(answer)).toEqual([]);
  });

  it.each([
    ['blue circle 4850', ['vision/colour']],
    ['red square 4850', ['vision/shape']],
    ['red circle 4851', ['vision/number']],
    ['red circle 4947', ['vision/fresh', 'vision/number']],
    ['red or blue circle 4850', ['vision/colour']],
    ['red circle or square 4850', ['vision/shape']],
    ['red circle 4850 or 4851', ['vision/number']],
    ['red circle', ['vision/number']],
    ['red, green, blue, yellow circle 4850', ['vision/colour']],
    ['I cannot see pictures.', ['vision/colour', 'vision/shape', 'vision/number']],
    ['', ['vision/colour', 'vision/shape', 'vision/number']],
  ])('that is wrong fails: %j', (answer, checks) => {
    expect(failed(answer)).toEqual(checks);
  });

  it('that is guessed is right less than once in 1,000 times', () => {
    const { pick, integer } = createDraw('a guesser');
    let right = 0;
    for (let guesses = 0; guesses < 100_000; guesses += 1) {
      const colour = pick(['red', 'green', 'blue', 'yellow']);
      const shape = pick(['circle', 'square', 'triangle', 'cross']);
      // A guesser who knows all about the numbers of the probe.
      if (failed(`${colour} ${shape} ${97 * integer(11, 103)}`).length === 0) right += 1;
    }
    expect(right).toBeGreaterThan(20);
    expect(right).toBeLessThan(100);
  });

  it('that is wrong fails with the right one', async () => {
    expect(await verdict(visionProbe, 'Blue')).toMatch(
      /^Answered "Blue" to: .* \(it is a (?:red|green|yellow) \w+ and \d{4}\)$/,
    );
  });
});

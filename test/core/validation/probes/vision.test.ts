import { describe, expect, it } from 'vitest';
import { visionProbe } from '../../../../src/core/validation/probes/vision.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';
import { describeImage } from '../../../../src/sandbox/model/image-description.ts';
import { readPng } from '../../../../src/sandbox/model/png.ts';

function pictureIn(request: Asked | undefined): string {
  const content = request?.messages[0]?.content;
  const part = Array.isArray(content)
    ? content.find(({ type }) => type === 'image_url')
    : undefined;
  return part?.type === 'image_url' ? part.image_url.url : '';
}

const SEEDS = Array.from({ length: 20 }, (_, index) => `seed ${index}`);

describe('the picture of the vision probe', () => {
  it('is a PNG that another program can read: a disc on white', async () => {
    const { asked } = await judgeProbe(visionProbe, 'red');
    const [, base64 = ''] = /^data:image\/png;base64,(.+)$/.exec(pictureIn(asked[0])) ?? [];
    const image = readPng(Buffer.from(base64, 'base64'));
    expect(image).toMatchObject({ width: 96, height: 96 });
    const at = (x: number, y: number) =>
      [...(image?.pixels.subarray((y * 96 + x) * 3, (y * 96 + x) * 3 + 3) ?? [])].join();
    expect(at(0, 0)).toBe('255,255,255');
    expect(at(48, 48)).toBe('220,30,30');
  });

  it('has one of four random colors', async () => {
    const seen = await Promise.all(
      SEEDS.map(async (seed) => {
        const { asked } = await judgeProbe(visionProbe, '', { seed });
        return describeImage(pictureIn(asked[0])).colour;
      }),
    );
    expect(new Set(seen)).toEqual(new Set(['red', 'green', 'blue', 'yellow']));
  });
});

describe('the vision probe', () => {
  it.each(SEEDS)('passes a model that sees the picture (%s)', async (seed) => {
    const { finding } = await judgeProbe(
      visionProbe,
      (request) => `It is ${describeImage(pictureIn(request)).colour.toUpperCase()}.`,
      { seed },
    );
    expect(finding).toMatchObject({ verdict: 'pass' });
  });

  it.each(['blue', 'red or blue', 'hundred', 'I cannot see pictures.', ''])(
    'fails %j when it is red',
    async (content) => {
      expect((await judgeProbe(visionProbe, content)).finding.verdict).toBe('fail');
    },
  );

  it('names the right color in its reason', async () => {
    expect(await verdict(visionProbe, 'Blue')).toMatch(/^Answered "Blue" to: .* \(it is red\)$/);
  });
});

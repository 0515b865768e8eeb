import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../../src/core/chat/answer.ts';
import { visionProbe } from '../../../../src/core/validation/probes/vision.ts';
import { put, verdict } from '../../../helpers/judged-probe.ts';
import { describeImage } from '../../../../src/sandbox/model/image-description.ts';
import { readPng } from '../../../../src/sandbox/model/png.ts';

function pictureIn(request: ChatRequest | undefined): string {
  const content = request?.messages[0]?.content;
  const part = Array.isArray(content)
    ? content.find(({ type }) => type === 'image_url')
    : undefined;
  return part?.type === 'image_url' ? part.image_url.url : '';
}

/** Quarters of the range: one for each colour. */
const CHANCES = [0, 0.25, 0.5, 0.999];

describe('the picture of the vision probe', () => {
  it('is a PNG that another program can read: a disc on white', async () => {
    const { asked } = await put(visionProbe, 'red');
    const [, base64 = ''] = /^data:image\/png;base64,(.+)$/.exec(pictureIn(asked[0])) ?? [];
    const image = readPng(Buffer.from(base64, 'base64'));
    expect(image).toMatchObject({ width: 96, height: 96 });
    const at = (x: number, y: number) =>
      [...(image?.pixels.subarray((y * 96 + x) * 3, (y * 96 + x) * 3 + 3) ?? [])].join();
    expect(at(0, 0)).toBe('255,255,255');
    expect(at(48, 48)).toBe('30,160,50');
  });

  it('has one of four random colors', async () => {
    const seen = await Promise.all(
      CHANCES.map(async (chance) => {
        const { asked } = await put(visionProbe, '', { random: { uniform: () => chance } });
        return describeImage(pictureIn(asked[0])).colour;
      }),
    );
    expect(seen).toEqual(['red', 'green', 'blue', 'yellow']);
  });
});

describe('the vision probe', () => {
  it.each(CHANCES)('passes a model that sees the picture (%f)', async (chance) => {
    const { finding } = await put(
      visionProbe,
      (request) => `It is ${describeImage(pictureIn(request)).colour.toUpperCase()}.`,
      { random: { uniform: () => chance } },
    );
    expect(finding).toEqual({ verdict: 'pass' });
  });

  it.each(['red', 'green or blue', 'evergreen', 'I cannot see pictures.', ''])(
    'fails %j when it is green',
    async (content) => {
      expect((await put(visionProbe, content)).finding.verdict).toBe('fail');
    },
  );

  it('names the right color in its reason', async () => {
    expect(await verdict(visionProbe, 'Red')).toMatch(/^Answered "Red" to: .* \(it is green\)$/);
  });
});

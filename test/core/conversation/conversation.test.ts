import { describe, expect, test } from 'vitest';
import {
  createDialogue,
  type Entry,
  readEntry,
  replay,
  writeEntry,
} from '../../../src/core/conversation/conversation.ts';
import { transcript } from '../../../src/core/conversation/transcript.ts';
import { userMessage } from '../../../src/core/chat/messages.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const EMPTY = { system: undefined, turns: [] };

function world() {
  let id = 0;
  const written: Entry[] = [];
  let failing = false;
  const keep = async (entries: readonly Entry[]) => {
    if (failing) throw new Error('the disk is full');
    written.push(...entries);
  };
  const random = { bytes: () => new Uint8Array(), uuid: () => `id-${(id += 1)}`, uniform: () => 0 };
  return {
    written,
    keep,
    fail: (on: boolean) => (failing = on),
    ports: { clock: new FakeClock(), random },
  };
}

const said = (text: string, replaces?: string) => ({
  model: 'm',
  question: [userMessage(text)],
  answer: text.toUpperCase(),
  replaces,
});

describe('a dialogue', () => {
  test('that is written down and read again is the same', async () => {
    const { written, keep, ports } = world();
    const dialogue = createDialogue(EMPTY, { ...ports, keep });
    dialogue.setSystem('be brief');
    dialogue.add(said('a'));
    dialogue.clear();
    dialogue.add(said('b'));
    dialogue.add(said('c'));
    dialogue.add(said('d', 'id-2'));
    await dialogue.save();
    const { system, turns } = replay(written.map((entry) => readEntry(writeEntry(entry))!));
    expect({ system, turns }).toEqual({ system: 'be brief', turns: dialogue.turns });
    expect(turns.map(({ messages }) => messages[1]?.content)).toEqual(['C', 'D']);
  });

  test('forgets its system text', async () => {
    const { written, keep, ports } = world();
    const dialogue = createDialogue({ ...EMPTY, system: 'x' }, { ...ports, keep });
    dialogue.setSystem(undefined);
    await dialogue.save();
    expect(written).toEqual([{ type: 'system', at: expect.any(Number), text: null }]);
    expect(replay(written).system).toBeUndefined();
  });

  test('says the same system text again without a word', async () => {
    const { written, keep, ports } = world();
    const dialogue = createDialogue({ ...EMPTY, system: 'x' }, { ...ports, keep });
    dialogue.setSystem('x');
    await dialogue.save();
    expect(written).toEqual([]);
  });

  test('writes with the next turn what could not be written with the last one', async () => {
    const { written, keep, ports, fail } = world();
    const dialogue = createDialogue(EMPTY, { ...ports, keep });
    fail(true);
    dialogue.add(said('a'));
    await expect(dialogue.save()).rejects.toThrow('the disk is full');
    fail(false);
    dialogue.add(said('b'));
    await dialogue.save();
    await dialogue.save();
    expect(replay(written).turns.map(({ id }) => id)).toEqual(['id-1', 'id-2']);
    expect(written).toHaveLength(2);
  });

  test('that is kept late is kept from its beginning', async () => {
    const { written, keep, ports } = world();
    const dialogue = createDialogue(EMPTY, ports);
    dialogue.add(said('a'));
    await dialogue.save();
    dialogue.keepWith(keep);
    await dialogue.save();
    expect(written.map(({ type }) => type)).toEqual(['turn']);
  });
});

test.each([
  ['half a line', '{"type":"turn","id":"1"'],
  ['another kind of line', '{"type":"summary","at":1}'],
  ['no object', '42'],
  ['a turn without an answer', '{"type":"turn","id":"1","at":1,"model":"m","messages":[]}'],
  [
    'a message of nobody',
    '{"type":"turn","id":"1","at":1,"model":"m","messages":[{"content":"a"},{"content":"b"}]}',
  ],
])('%s is skipped', (_, line) => {
  expect(readEntry(line)).toBeUndefined();
});

test('a transcript tells who said what, and names pictures', () => {
  const { ports } = world();
  const dialogue = createDialogue({ ...EMPTY, system: 'be brief' }, ports);
  const url = (text: string) => ({ type: 'image_url' as const, image_url: { url: text } });
  const question = userMessage('what?', [url('data:image/png;base64,AAAA'), url('https://a.b/c')]);
  dialogue.add({ model: 'a-model', question: [question], answer: 'that\n' });
  expect(transcript(dialogue)).toBe(
    '## System\n\nbe brief\n\n' +
      '## You\n\n(picture, image/png)\n\n![picture](https://a.b/c)\n\nwhat?\n\n' +
      '## a-model\n\nthat\n',
  );
});

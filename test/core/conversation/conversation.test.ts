import { describe, expect, test } from 'vitest';
import {
  createConversation,
  type Entry,
  readEntry,
  replay,
  writeEntry,
} from '../../../src/core/conversation/conversation.ts';
import { transcript } from '../../../src/core/conversation/transcript.ts';
import { userMessage } from '../../../src/core/chat/messages.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const EMPTY = { system: undefined, turns: [] };

/** A file that exists only in memory, and the ports of a conversation. */
function memoryFile() {
  let id = 0;
  const written: Entry[] = [];
  let failing = false;
  const append = async (entries: readonly Entry[]) => {
    if (failing) throw new Error('the disk is full');
    // As a store does: it takes the entries at once and writes them later.
    const lines = [...entries];
    await Promise.resolve();
    written.push(...lines);
  };
  const random = { bytes: () => new Uint8Array(), uuid: () => `id-${(id += 1)}`, uniform: () => 0 };
  return {
    written,
    append,
    fail: (on: boolean) => (failing = on),
    ports: { clock: new FakeClock(), random },
  };
}

/** A turn whose answer is its question in capitals. */
const turnOf = (text: string, replaces?: string) => ({
  model: 'm',
  question: [userMessage(text)],
  answer: text.toUpperCase(),
  replaces,
});

describe('a conversation', () => {
  test('has the same state after its entries are written and read again', async () => {
    const { written, append, ports } = memoryFile();
    const conversation = createConversation(EMPTY, { ...ports, append });
    conversation.setSystem('be brief');
    conversation.add(turnOf('a'));
    conversation.clear();
    conversation.add(turnOf('b'));
    conversation.add(turnOf('c'));
    conversation.add(turnOf('d', 'id-2'));
    conversation.add(turnOf('e'));
    expect(conversation.undo()?.messages[0]?.content).toBe('e');
    await conversation.save();
    const { system, turns } = replay(
      written.map((entry) => readEntry(Buffer.concat(writeEntry(entry)).toString())!),
    );
    expect({ system, turns }).toEqual({ system: 'be brief', turns: conversation.turns });
    expect(turns.map(({ messages }) => messages[1]?.content)).toEqual(['C', 'D']);
  });

  test('writes a removed system text as null', async () => {
    const { written, append, ports } = memoryFile();
    const conversation = createConversation({ ...EMPTY, system: 'x' }, { ...ports, append });
    conversation.setSystem(undefined);
    await conversation.save();
    expect(written).toEqual([{ type: 'system', at: expect.any(Number), text: null }]);
    expect(replay(written).system).toBeUndefined();
  });

  test('writes nothing when the same system text is set again', async () => {
    const { written, append, ports } = memoryFile();
    const conversation = createConversation({ ...EMPTY, system: 'x' }, { ...ports, append });
    conversation.setSystem('x');
    await conversation.save();
    expect(written).toEqual([]);
  });

  test('writes the turns of a failed save with the next save, once', async () => {
    const { written, append, ports, fail } = memoryFile();
    const conversation = createConversation(EMPTY, { ...ports, append });
    fail(true);
    conversation.add(turnOf('a'));
    await expect(conversation.save()).rejects.toThrow('the disk is full');
    fail(false);
    conversation.add(turnOf('b'));
    await conversation.save();
    await conversation.save();
    expect(replay(written).turns.map(({ id }) => id)).toEqual(['id-1', 'id-2']);
    expect(written).toHaveLength(2);
  });

  test('writes a turn that is added during a save with the next save', async () => {
    const { written, append, ports } = memoryFile();
    const conversation = createConversation(EMPTY, { ...ports, append });
    conversation.add(turnOf('a'));
    const saved = conversation.save();
    conversation.add(turnOf('b'));
    await saved;
    await conversation.save();
    expect(replay(written).turns.map(({ id }) => id)).toEqual(['id-1', 'id-2']);
    expect(written).toHaveLength(2);
  });

  test('writes all its turns to a file that it gets later', async () => {
    const { written, append, ports } = memoryFile();
    const conversation = createConversation(EMPTY, ports);
    conversation.add(turnOf('a'));
    await conversation.save();
    conversation.saveTo(append);
    await conversation.save();
    expect(written.map(({ type }) => type)).toEqual(['turn']);
  });
});

test.each([
  ['half a line', '{"type":"turn","id":"1"'],
  ['an entry of an unknown type', '{"type":"summary","at":1}'],
  ['a JSON value that is not an object', '42'],
  ['a turn without an answer', '{"type":"turn","id":"1","at":1,"model":"m","messages":[]}'],
  [
    'a message without a role',
    '{"type":"turn","id":"1","at":1,"model":"m","messages":[{"content":"a"},{"content":"b"}]}',
  ],
])('readEntry returns undefined for %s', (_, line) => {
  expect(readEntry(line)).toBeUndefined();
});

test('a transcript has a heading for each message and names pictures', () => {
  const { ports } = memoryFile();
  const conversation = createConversation({ ...EMPTY, system: 'be brief' }, ports);
  const url = (text: string) => ({ type: 'image_url' as const, image_url: { url: text } });
  const question = userMessage('what?', [url('data:image/png;base64,AAAA'), url('https://a.b/c')]);
  conversation.add({ model: 'a-model', question: [question], answer: 'that\n' });
  expect(transcript(conversation)).toBe(
    '## System\n\nbe brief\n\n' +
      '## You\n\n(picture, image/png)\n\n![picture](https://a.b/c)\n\nwhat?\n\n' +
      '## a-model\n\nthat\n',
  );
});

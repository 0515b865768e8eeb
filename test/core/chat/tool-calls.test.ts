import { describe, expect, it } from 'vitest';
import { createToolCalls, type ToolCallPiece } from '../../../src/core/chat/tool-calls.ts';

type Piece = [
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  arguments_: string,
];

function assemble(pieces: Piece[]) {
  const tools = createToolCalls();
  const positions = pieces.map(([index, id, name, text]) => {
    const piece: ToolCallPiece = { index, id, name, arguments: text };
    return tools.add(piece).index;
  });
  return { positions, calls: tools.calls.map(({ id, name, arguments: text }) => [id, name, text]) };
}

describe('pieces of tool calls', () => {
  it.each<[string, Piece[], number[], unknown[][]]>([
    [
      'belong together by their index',
      [
        [0, 'a', 'read', ''],
        [0, undefined, undefined, '{"x":'],
        [1, 'b', 'write', '{'],
        [0, undefined, undefined, '1}'],
        [1, undefined, undefined, '}'],
      ],
      [0, 0, 1, 0, 1],
      [
        ['a', 'read', '{"x":1}'],
        ['b', 'write', '{}'],
      ],
    ],
    [
      'may all have the same index: another id with a name begins another call',
      [
        [0, 'a', 'read', '{"x":1}'],
        [0, 'b', 'write', ''],
        [0, undefined, undefined, '{"y":2}'],
      ],
      [0, 1, 1],
      [
        ['a', 'read', '{"x":1}'],
        ['b', 'write', '{"y":2}'],
      ],
    ],
    [
      'may share an index though the first call has no arguments yet',
      [
        [0, 'a', 'read', ''],
        [0, 'b', 'write', '{}'],
      ],
      [0, 1],
      [
        ['a', 'read', ''],
        ['b', 'write', '{}'],
      ],
    ],
    [
      'may have no id: a name after complete arguments begins another call',
      [
        [0, undefined, 'read', '{"x"'],
        [0, undefined, undefined, ':1}'],
        [0, undefined, 'read', '{"x":2}'],
      ],
      [0, 0, 1],
      [
        [undefined, 'read', '{"x":1}'],
        [undefined, 'read', '{"x":2}'],
      ],
    ],
    [
      'may have no index',
      [
        [undefined, 'a', 'read', '{"x":'],
        [undefined, undefined, undefined, '1}'],
        [undefined, 'b', 'write', '{}'],
      ],
      [0, 0, 1],
      [
        ['a', 'read', '{"x":1}'],
        ['b', 'write', '{}'],
      ],
    ],
    [
      'may repeat id and name',
      [
        [0, 'a', 'read', '{"x"'],
        [0, 'a', 'read', ':1}'],
      ],
      [0, 0],
      [['a', 'read', '{"x":1}']],
    ],
    [
      'may come with a fresh id each, as long as they bring no name',
      [
        [0, 'a', 'read', '{"x"'],
        [0, 'b', undefined, ':1}'],
      ],
      [0, 0],
      [['a', 'read', '{"x":1}']],
    ],
    [
      'find their call by its id from another index',
      [
        [0, 'a', 'read', '{'],
        [1, 'b', 'write', '{'],
        [1, 'a', undefined, '}'],
      ],
      [0, 1, 0],
      [
        ['a', 'read', '{}'],
        ['b', 'write', '{'],
      ],
    ],
    [
      'may begin without an index and go on with one',
      [
        [undefined, 'a', 'read', '{"x":'],
        [0, undefined, undefined, '1}'],
        [1, 'b', 'write', '{'],
        [1, undefined, undefined, '}'],
      ],
      [0, 0, 1, 1],
      [
        ['a', 'read', '{"x":1}'],
        ['b', 'write', '{}'],
      ],
    ],
    ['may begin at any index', [[3, 'a', 'read', '{}']], [0], [['a', 'read', '{}']]],
    [
      'may bring the id late',
      [
        [0, undefined, 'read', '{'],
        [0, 'a', undefined, '}'],
      ],
      [0, 0],
      [['a', 'read', '{}']],
    ],
  ])('%s', (_what, pieces, positions, calls) => {
    expect(assemble(pieces)).toEqual({ positions, calls });
  });
});

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
  return {
    positions,
    calls: tools.calls().map(({ id, name, arguments: text }) => [id, name, text]),
  };
}

describe('the pieces of tool calls', () => {
  it.each<[string, Piece[], number[], unknown[][]]>([
    [
      'are joined by their index',
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
      'can all have the same index: another id with a name begins another call',
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
      'can share an index while the first call has no arguments',
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
      'can have no id: a name after complete arguments begins another call',
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
      'can have no index',
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
      'can repeat id and name',
      [
        [0, 'a', 'read', '{"x"'],
        [0, 'a', 'read', ':1}'],
      ],
      [0, 0],
      [['a', 'read', '{"x":1}']],
    ],
    [
      'can each have a new id if they have no name',
      [
        [0, 'a', 'read', '{"x"'],
        [0, 'b', undefined, ':1}'],
      ],
      [0, 0],
      [['a', 'read', '{"x":1}']],
    ],
    [
      'are joined by their id if the index is that of another call',
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
      'can begin without an index and continue with one',
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
    ['can begin at any index', [[3, 'a', 'read', '{}']], [0], [['a', 'read', '{}']]],
    [
      'can have the id only in a later piece',
      [
        [0, undefined, 'read', '{'],
        [0, 'a', undefined, '}'],
      ],
      [0, 0],
      [['a', 'read', '{}']],
    ],
  ])('pieces of tool calls %s', (_what, pieces, positions, calls) => {
    expect(assemble(pieces)).toEqual({ positions, calls });
  });
});

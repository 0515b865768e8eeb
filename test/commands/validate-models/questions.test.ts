import { describe, expect, it } from 'vitest';
import type { JudgedReport } from '../../../src/core/validation/judge.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

/** A model that can do everything: both models of the sandbox behind one name. */
const EVERYTHING = {
  id: 'everything',
  supported_parameters: ['tools', 'response_format', 'structured_outputs', 'reasoning'],
  architecture: { input_modalities: ['text', 'image'] },
};

interface Asked {
  report: JudgedReport;
  error: unknown;
  /** Of all questions, in the order in which they arrived. */
  bodies: string[];
}

/** Runs validate-models on these models of one server, which answers all questions as it should. */
async function asked(args: readonly string[], models = ['everything']): Promise<Asked> {
  await using sandbox = await startSandbox();
  const bodies: string[] = [];
  await using api = await loopback(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/v1/models') {
      const data = models.map((id) => ({ ...EVERYTHING, id }));
      response.end(JSON.stringify({ object: 'list', data }));
      return;
    }
    const body = await bodyOf(request);
    bodies.push(body);
    const { model } = JSON.parse(body) as { model: string };
    const served = body.includes('image_url') ? 'vision-model' : 'coder-model';
    const answered = await fetch(`${sandbox.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.api_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...(JSON.parse(body) as object), model: served }),
    });
    response.setHeader('content-type', answered.headers.get('content-type') ?? '');
    response.statusCode = answered.status;
    // In pieces, as they are written: the probe `stream` looks at them.
    for await (const piece of answered.body ?? []) {
      response.write(Buffer.from(piece).toString('utf8').replaceAll(`"${served}"`, `"${model}"`));
    }
    response.end();
  });
  await using home = await temporaryFolder();
  const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: home.path };
  const { run, stdout } = commandLine({ env });
  const error = await run('validate-models', '--json', '--live', ...args);
  return { report: JSON.parse(stdout()) as JudgedReport, error, bodies };
}

describe('the short run', () => {
  it('asks a model that claims everything at most eight times, for about 2,000 tokens, and in both modes', async () => {
    const { report, error, bodies } = await asked([]);
    expect(error).toBeUndefined();
    expect(report.models[0]).toMatchObject({ verdict: 'pass' });
    expect(report.models[0]?.probes.filter(({ attempts }) => attempts > 0)).toHaveLength(7);
    expect(bodies.length).toBeLessThanOrEqual(8);
    const modes = new Set(bodies.map((body) => (JSON.parse(body) as { stream: boolean }).stream));
    expect(modes).toEqual(new Set([true, false]));
    const { prompt_tokens, completion_tokens } = report.tokens;
    expect(prompt_tokens + completion_tokens).toBeLessThan(2000);
  });
});

/** All that ask a model for text. */
const PROBES = 'chat,stream,system,json,tools,vision,reasoning,stop,max-tokens,long=1';

describe('a question', () => {
  it('is never sent twice in a run, with all probes, both modes and repeats', async () => {
    const { report, bodies } = await asked([`--probe=${PROBES}`, '--repeat=3']);
    expect(report.models[0]?.probes.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(bodies.length).toBeGreaterThan(50);
    // A question that was refused in one mode may be asked in the other.
    expect(new Set(bodies).size).toBe(bodies.length);
  });

  it('is the same with the same seed, whatever the order and -j, and another with another seed', async () => {
    const models = ['a', 'b'];
    const first = await asked(['--seed=s', '-j1'], models);
    const second = await asked(['--seed=s', '-j2'], models.toReversed());
    expect(first.report.seed).toBe('s');
    expect(second.bodies.toSorted()).toEqual(first.bodies.toSorted());
    const other = await asked(['--seed=t'], ['a']);
    expect(other.bodies.filter((body) => first.bodies.includes(body))).toEqual([]);
  });
});

import type { ModelList } from '../../../core/models/list.ts';
import { QwenDemoError } from '../../../core/errors.ts';
import { closest } from '../../../core/nearest.ts';
import type { Context } from '../../context.ts';
import type { Repl } from './repl.ts';

/** `/model NAME`: changes the model if the list of the endpoint has it, or if there is no list. */
export async function model(context: Context, repl: Repl, name: string): Promise<string> {
  if (name === '') return `Questions go to ${repl.model}.`;
  const id = repl.idOf(name);
  if (id === repl.model) return `Questions go to ${id}.`;
  const said = await check(context, repl, id);
  if (said.listed) repl.model = id;
  return said.text;
}

/** Whether the model is taken, and what to say about it. */
async function check(
  { signal }: Context,
  repl: Repl,
  id: string,
): Promise<{ listed: boolean; text: string }> {
  let list: ModelList;
  try {
    list = await repl.listModels(signal);
  } catch (error) {
    if (!(error instanceof QwenDemoError) || signal.aborted) throw error;
    return { listed: true, text: `Not checked: ${error.message}` };
  }
  const ids = list.models.flatMap(({ id: listed, source }) => (source === 'known' ? [] : [listed]));
  if (!list.live) return { listed: true, text: `${repl.host} has no model list: not checked.` };
  // Ollama lists `qwen3` as `qwen3:latest`.
  if (ids.includes(id) || ids.includes(`${id}:latest`)) return { listed: true, text: '' };
  const near = closest(id, ids);
  const next =
    near === undefined ? 'qwen-demo list-models lists them.' : `Did you mean /model ${near}?`;
  return {
    listed: false,
    text: `${repl.host} has no model "${id}". ${next}\nQuestions still go to ${repl.model}.`,
  };
}

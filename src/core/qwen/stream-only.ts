/**
 * Models that Alibaba Cloud serves as a stream alone: QwQ, QvQ, Qwen3 that thinks (the open models by
 * default), and Qwen-Omni. A request for a whole answer gets 400 "This model only support stream mode"
 * or "enable_thinking must be set to false for non-streaming calls". ModelScope does the same with the
 * thinking models. Names of other servers, `qwen3:8b` or `Qwen/Qwen3-8B`, are not among them.
 */
const STREAM_ONLY =
  /^(?:[^/]+\/)?(?:qwq|qvq)-|^(?:[^/]+\/)?qwen3[\w.]*-(?:[\w.-]+-)?thinking\b|^qwen3-[\d.]+b(?:-a[\d.]+b)?$|^qwen[\d.]*-omni-/i;

/** Whether a model is known to answer streamed requests alone. */
export function isStreamOnly(model: string): boolean {
  return STREAM_ONLY.test(model);
}

import type { JudgedReport } from '../core/validation/judge.ts';

/** What came of a run, in a few words: `1 of 4 required models failed`. */
export function headline({ models, interrupted, summary }: JudgedReport): string {
  const { required_failed, required_skipped, total } = summary;
  const required = models.filter((model) => model.required).length;
  const passed = models.filter(({ outcome }) => outcome === 'passed').length;
  const excused = models.filter(({ outcome }) => outcome === 'excused').length;
  const parts = [
    required_failed > 0
      ? `${required_failed} of ${required} required models failed`
      : `${passed} of ${total} models passed`,
    required_failed === 0 && excused > 0 ? `${excused} excused` : '',
    required_skipped > 0 ? `${required_skipped} required not asked to the end` : '',
    interrupted ? 'interrupted' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

import { REDACTED } from './redaction.ts';

/** Characters of a secret that is looked for everywhere. A shorter one, such as `ollama`, is a word. */
const SHORTEST = 8;

/** Characters of an answer that are searched at a time: a search costs more than a piece of 5 characters. */
const SEARCHED = 16_384;

/** Controls, line ends and characters without a width: no reader sees them. */
const HIDDEN = /[\p{Cc}\p{DI}\ufff9-\ufffb]/u;
/**
 * What outputs drop: some only the characters, a terminal whole sequences (ECMA-48). A secret in which
 * that stands is whole for the reader.
 */
const DROPPED = [
  /(?:\x1b\[|\x9b)[\x20-\x3f]*[\x40-\x7e]?|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\x9c]{0,4096}(?:[\x07\x18\x1a\x9c]|\x1b\\)?|\x1b[\x20-\x2f]*[\x30-\x7e]?|[\p{Cc}\p{DI}\ufff9-\ufffb]/gu,
  new RegExp(HIDDEN, 'gu'),
];
/** Where JSON has an escape, a text may have something hidden. */
const ESCAPE = /\\[^"\\]/;

/** Replaces secrets in a text that comes in pieces. */
export interface SecretFilter {
  /** Withholds the end of the text while it may be the beginning of a secret. */
  write(text: string): string;
  end(): string;
}

/** Looks for secrets in a text that comes in pieces, and changes nothing. */
export interface SecretWatch {
  add(text: string): void;
  found(): boolean;
}

/**
 * Secrets that are known by their values, and how others may write them: in JSON, in HTML, percent-encoded,
 * hexadecimal, in base64 and base64url, also within a longer text that is encoded as a whole.
 */
export class KnownSecrets {
  readonly #values = new Set<string>();
  readonly #forms = new Set<string>();
  /** The first two characters of each form: most places of a text begin none. */
  readonly #starts = new Set<string>();
  #longest = 0;
  #pattern: RegExp | undefined;

  /** Secrets of fewer than 8 characters are not added. */
  add(...values: readonly (string | undefined)[]): void {
    for (const value of values) {
      if (value === undefined || value.length < SHORTEST || this.#values.has(value)) continue;
      this.#values.add(value);
      for (const form of formsOf(value)) {
        this.#forms.add(form);
        this.#starts.add(form.slice(0, 2));
        this.#longest = Math.max(this.#longest, form.length);
      }
      this.#pattern = undefined;
    }
  }

  /** Whether a text repeats one of them. */
  isIn(text: string): boolean {
    return this.#forms.size > 0 && text.search(this.#find()) !== -1;
  }

  /** Removes also all that is hidden, if a secret hides in it. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text;
    const redacted = text.replace(this.#find(), REDACTED);
    if (!HIDDEN.test(redacted)) return redacted;
    const bare = DROPPED.map((dropped) => redacted.replaceAll(dropped, '')).find((one) =>
      this.isIn(one),
    );
    return bare?.replace(this.#find(), REDACTED) ?? redacted;
  }

  /** The same plain JSON value with redacted texts and keys; the value itself where there is nothing to do. */
  redactIn<T>(value: T): T {
    if (this.#forms.size === 0) return value;
    const json = JSON.stringify(value) ?? '';
    const may = this.isIn(json) || ESCAPE.test(json) || HIDDEN.test(json);
    return may ? (this.#copy(value) as T) : value;
  }

  /** A filter for a text that comes in pieces. */
  filter(): SecretFilter {
    let held = '';
    return {
      write: (text) => {
        const whole = this.redact(held + text);
        const end = this.#beginning(whole);
        held = whole.slice(end);
        return whole.slice(0, end);
      },
      end: () => {
        const rest = held;
        held = '';
        return rest;
      },
    };
  }

  /** A watch for a text that comes in pieces. */
  watch(): SecretWatch {
    let pieces: string[] = [];
    let length = 0;
    let found = false;
    const search = () => {
      const text = pieces.join('');
      found ||= this.isIn(text);
      const rest = text.slice(Math.max(0, text.length - this.#longest));
      [pieces, length] = [[rest], 0];
    };
    return {
      add: (text) => {
        pieces.push(text);
        length += text.length;
        if (length >= SEARCHED) search();
      },
      found: () => {
        search();
        return found;
      },
    };
  }

  /** Where the end of a text begins that may be the beginning of a secret. */
  #beginning(text: string): number {
    const last = text.length - 1;
    for (let at = Math.max(0, text.length - this.#longest + 1); at <= last; at += 1) {
      if (at < last && !this.#starts.has(text.slice(at, at + 2))) continue;
      const end = text.slice(at);
      for (const form of this.#forms) if (form.startsWith(end)) return at;
    }
    return text.length;
  }

  #find(): RegExp {
    return (this.#pattern ??= new RegExp(
      [...this.#forms]
        .toSorted((one, other) => other.length - one.length)
        .map(escape)
        .join('|'),
      'g',
    ));
  }

  #copy(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) return value.map((one) => this.#copy(one));
    // An error keeps its class; what it says is redacted where it is reported.
    if (typeof value !== 'object' || value === null || value instanceof Error) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [this.redact(key), this.#copy(one)]),
    );
  }
}

/** How a secret may be written in an answer. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = bytes.toString('hex');
  const percent = encodeURIComponent(bytes.toString());
  const all_percent = hex.replace(/../g, '%$&');
  const units = Array.from({ length: secret.length }, (_, at) => secret.charCodeAt(at));
  const escapes = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    secret.replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character),
    percent,
    lowerEscapes(percent),
    percent.replaceAll('%20', '+'),
    hex,
    hex.toUpperCase(),
    all_percent,
    all_percent.toUpperCase(),
    escapes,
    `\\u${escapes.slice(2).toUpperCase().replaceAll('\\U', '\\u')}`,
    ...base64Of(bytes),
  ];
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

const lowerEscapes = (text: string) => text.replace(/%../g, (escaped) => escaped.toLowerCase());

/**
 * The secret as it is within the base64 of a longer text (RFC 4648 §4, §5): three bytes are four
 * characters, so that it can begin at three places. The characters at its ends that depend on what
 * stands beside it are left out; each tells at most 4 bits.
 */
function base64Of(secret: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64');
    const end = Math.floor(((before + secret.length) * 8) / 6);
    const within = text.slice(Math.ceil((before * 8) / 6), end);
    return [within, within.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

const escape = (text: string) => text.replace(/[^\w]/g, '\\$&');

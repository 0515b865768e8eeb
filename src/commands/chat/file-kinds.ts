import { UsageError } from '../../core/errors.ts';
import { textOf } from '../../core/files/text.ts';

interface FileKind {
  what: string;
  /** What to do to send its text. `FILE` is its path. */
  text: string;
  /** What to do to send it as a picture, if that is possible. */
  picture?: string;
}

const OFFICE = 'Convert it to text: pandoc FILE -t markdown | qwen-demo chat "..." -f -';
const LIBRE_OFFICE =
  'Convert it to a PDF and then to text: soffice --headless --convert-to pdf FILE';
const CONVERT = 'Convert it to PNG or JPEG and send that with -i: magick FILE picture.png';
const UNPACK = 'Unpack it, and send a folder or files of it: -f FOLDER';
const SOUND = 'Turn what is said into text first, with whisper for example.';
const VIDEO = 'Send single pictures of it: ffmpeg -i FILE -frames:v 1 picture.png';
const PDF_TEXT =
  'Convert it to text: pdftotext -layout FILE - | qwen-demo chat "..." -f -\n' +
  'A scan has no text: make pictures of its pages for -i: pdftoppm -png FILE page';

const PDF = /^(?:\xef\xbb\xbf)?\s*%PDF-\d/;

/** Kinds of files by their first bytes as Latin-1, which are wrong less often than the name. */
const KINDS: readonly [start: RegExp, kind: FileKind][] = [
  [
    PDF,
    {
      what: 'a PDF',
      text: PDF_TEXT,
      picture: 'Make pictures of its pages: pdftoppm -png FILE page',
    },
  ],
  [/^PK\x03\x04[^]*?word\//, { what: 'a Word document', text: OFFICE }],
  [
    /^PK\x03\x04[^]*?xl\//,
    { what: 'an Excel workbook', text: 'Save it as CSV: soffice --headless --convert-to csv FILE' },
  ],
  [/^PK\x03\x04[^]*?ppt\//, { what: 'a PowerPoint presentation', text: LIBRE_OFFICE }],
  [/^PK\x03\x04[^]{22}mimetypeapplication\/epub/, { what: 'an EPUB book', text: OFFICE }],
  [
    /^PK\x03\x04[^]{22}mimetypeapplication\/vnd\.oasis/,
    { what: 'an OpenDocument file', text: LIBRE_OFFICE },
  ],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, { what: 'an old Office document', text: LIBRE_OFFICE }],
  [
    /^(?:PK[\x03\x05]|\x1f\x8b|\xfd7zXZ\0|BZh\d|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!|[^]{257}ustar)/,
    { what: 'an archive', text: UNPACK },
  ],
  [
    /^[^]{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)/,
    { what: 'a picture in HEIC', text: CONVERT, picture: CONVERT },
  ],
  [/^[^]{4}ftypavi[fs]/, { what: 'a picture in AVIF', text: CONVERT, picture: CONVERT }],
  [/^(?:II\*\0|MM\0\*)/, { what: 'a picture in TIFF', text: CONVERT, picture: CONVERT }],
  [
    /^(?:\0\0\x01\0|8BPS|\xff\x0a|\0\0\0\x0cJXL )/,
    { what: 'a picture', text: CONVERT, picture: CONVERT },
  ],
  [
    /^(?:ID3|OggS|fLaC|RIFF[^]{4}WAVE|#!AMR|\xff[\xfb\xf3\xf2\xf1\xf9]|[^]{4}ftypM4A)/,
    { what: 'a sound recording', text: SOUND },
  ],
  [
    /^(?:[^]{4}ftyp|\x1aE\xdf\xa3|RIFF[^]{4}AVI |FLV\x01)/,
    { what: 'a video', text: VIDEO, picture: VIDEO },
  ],
  [
    /^SQLite format 3\0/,
    { what: 'an SQLite database', text: 'Send what it holds as SQL: sqlite3 FILE .dump' },
  ],
  [
    /^(?:\x7fELF|MZ|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|\0asm)/,
    { what: 'a program', text: 'Send its source.' },
  ],
  [
    /^(?:\xff\xfe|\xfe\xff)/,
    { what: 'text in UTF-16', text: 'Convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE' },
  ],
];

/** The kind of a file that is neither a text in UTF-8 nor a picture that models accept. */
function kindOf(bytes: Buffer): FileKind | undefined {
  const start = bytes.toString('latin1', 0, 8192);
  return KINDS.find(([pattern]) => pattern.test(start))?.[1];
}

/** A PDF can consist of ASCII alone, and is no text even so. */
export function isPdf(bytes: Buffer): boolean {
  return PDF.test(bytes.toString('latin1', 0, 64));
}

/** The error for a file that cannot be sent as text, which says what can be done. */
export function notText(path: string, bytes: Buffer): UsageError {
  const kind = kindOf(bytes);
  const unknown = 'Convert text first: iconv -f ENCODING -t UTF-8 FILE. Nothing else can be sent.';
  return new UsageError(
    kind ? `${path} is ${kind.what}, not text in UTF-8` : `${path} is not text in UTF-8`,
    { code: 'binary_file', hint: hintFor(path, kind?.text ?? unknown) },
  );
}

/** The error for a file that cannot be sent as a picture. */
export function notPicture(path: string, bytes: Buffer): UsageError {
  const kind = kindOf(bytes);
  const isText = bytes.length > 0 && textOf(bytes) !== undefined;
  const types = 'Models take PNG, JPEG, GIF, WebP and BMP.';
  const what = kind ? `${kind.what}, not a picture that models take` : 'not a picture';
  return new UsageError(`${path} is ${bytes.length === 0 ? 'empty' : what}`, {
    code: 'not_a_picture',
    hint: hintFor(path, kind?.picture ?? (isText ? `${types} A text goes with -f.` : types)),
  });
}

/** The error for a file that is too large; the kind of a PDF or a video matters more than its size. */
export function unlessKnown(
  path: string,
  start: Buffer | undefined,
  error: UsageError,
): UsageError {
  return start !== undefined && kindOf(start) ? notText(path, start) : error;
}

/** Commands of the hint take the path as one word. */
function hintFor(path: string, hint: string): string {
  return hint.replaceAll('FILE', () => (/^[\w./~:-]+$/.test(path) ? path : 'FILE'));
}

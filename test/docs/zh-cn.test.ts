import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked, type Token, type Tokens } from 'marked';
import { expect, test } from 'vitest';
import { SETTING_ROWS } from '../../src/commands/help/tables.ts';
import { PLAN_ENDPOINTS } from '../../src/core/qwen/plans.ts';

const root = new URL('../../', import.meta.url);
const FOLDER = 'docs/zh-CN/';
/** A page for users of Bailian, which has no English original. */
const BAILIAN = 'bailian.md';

const read = (path: string) => readFile(new URL(path, root), 'utf8');
const all = (await readdir(new URL(FOLDER, root))).toSorted();
const pages = all
  .filter((name) => name !== BAILIAN)
  .map((name) => ({
    english: name === 'README.md' ? name : `docs/${name}`,
    chinese: `${FOLDER}${name}`,
  }));

/** The Chinese page of an English one, if there is one: links of a Chinese page go there. */
const chineseOf = (path: string) => pages.find(({ english }) => english === path)?.chinese ?? path;

/** A line that does nothing but lead to the other language. */
const OTHER_LANGUAGE = /^\[(?:English|简体中文)\]\(([^)]+)\)\s*$/;

function targetOf(link: string, page: string): string {
  const url = new URL(link, new URL(page, root));
  if (url.protocol !== 'file:') return url.href;
  return chineseOf(relative(fileURLToPath(root), fileURLToPath(url)));
}

/** What both languages share of a text: its code and its links, in any order. */
function shared(text: string, page: string): string {
  const code = [...text.matchAll(/(`+)(.+?)\1/gs)].map(([one]) => one.replaceAll(/\s+/g, ' '));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => `<${targetOf(link, page)}>`)
    .filter((link) => !link.endsWith(`${BAILIAN}>`));
  return [...new Set([...code, ...links])].toSorted().join(' ');
}

/** A message of the program or a number is the same in both languages, any other cell is not. */
function sharedOfCell({ text }: Tokens.TableCell, page: string): string {
  return /^(?:error:|[\d., ]+$)/.test(text) ? text : shared(text, page);
}

const withoutComments = (code: string) => code.replaceAll(/(?:^|[ \t]+)# .*$/gm, '');

function shapesOf(token: Token, page: string): string[] {
  if (token.type === 'space' || OTHER_LANGUAGE.test(token.raw)) return [];
  if (token.type === 'code') return [`${token.lang}: ${withoutComments(token.text)}`];
  if (token.type === 'list') {
    return (token as Tokens.List).items.map(({ raw }) => `item ${shared(raw, page)}`);
  }
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].map(
      (row) => `| ${row.map((cell) => sharedOfCell(cell, page)).join(' | ')} |`,
    );
  }
  return [`${token.type} ${shared(token.raw, page)}`];
}

/** A heading and, in order, what lies below it up to the next one. */
interface Section {
  title: string;
  level: string;
  shapes: string[];
}

async function sectionsOf(page: string): Promise<Section[]> {
  const sections: Section[] = [{ title: 'the top', level: '', shapes: [] }];
  for (const token of marked.lexer(await read(page))) {
    if (token.type === 'heading') {
      const level = `${token.depth} ${shared(token.text, page)}`;
      sections.push({ title: token.text, level, shapes: [] });
    } else {
      sections.at(-1)?.shapes.push(...shapesOf(token, page));
    }
  }
  return sections;
}

test.each(pages)('$chinese has the structure, commands and tables of $english', async (page) => {
  const english = await sectionsOf(page.english);
  const chinese = await sectionsOf(page.chinese);
  for (let index = 0; index < Math.max(english.length, chinese.length); index++) {
    const [one, other] = [english[index], chinese[index]];
    const place = `${page.chinese} is behind ${page.english} at "${one?.title}", in Chinese "${other?.title}"`;
    expect(other && { level: other.level, shapes: other.shapes }, place).toEqual(
      one && { level: one.level, shapes: one.shapes },
    );
  }
});

test.each(all)(
  'the links of docs/zh-CN/%s lead to files, the first one to English',
  async (name) => {
    const page = `${FOLDER}${name}`;
    const text = await read(page);
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const first = name === 'README.md' ? '../../README.md' : `../${name}`;
    expect(links[0]).toBe(name === BAILIAN ? '../../README.md' : first);
    for (const link of links.filter((one) => !one.startsWith('https:'))) {
      expect(existsSync(new URL(link, new URL(page, root))), link).toBe(true);
    }
  },
);

test.each(all)(
  'docs/zh-CN/%s says of each link whose page is in English only that it is',
  async (name) => {
    const page = `${FOLDER}${name}`;
    const links = (await read(page)).matchAll(/\]\(([^):\s]+\.md)[^)\s]*\)(.{0,4})/g);
    for (const [link, path = '', next] of links) {
      const target = targetOf(path, page);
      if (!target.startsWith(FOLDER)) expect(next, link).toBe('（英文）');
    }
  },
);

test('the page on Bailian has every endpoint of a plan, and every variable of a key', async () => {
  const page = await read(`${FOLDER}${BAILIAN}`);
  const endpoints = [...page.matchAll(/^\| .*`(https:\/\/[^`]+\/v1)` \|$/gm)];
  const fixed = endpoints.map(([, url = '']) => url).filter((url) => !url.includes('{'));
  expect(fixed).toEqual(PLAN_ENDPOINTS.map(({ endpoint }) => endpoint));
  for (const { plan, region } of PLAN_ENDPOINTS) {
    expect(page).toContain(`\`--plan ${plan} --region ${region}\``);
  }
  const variables = SETTING_ROWS.flatMap(({ variables: text }) => [
    ...text.matchAll(/`\w+_API_KEY`/g),
  ]).flat();
  expect(variables).toContain('`DASHSCOPE_API_KEY`');
  for (const variable of variables) expect(page).toContain(variable);
});

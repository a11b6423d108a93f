/**
 * Plays the story on the local stack and takes pictures of the Web UI for the pages in `docs/`. Needs a Chromium: Debian's
 * `chromium`, or `CHROMIUM_PATH`.
 *
 *     npm run screenshots
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { Progress } from '../../deploy/local/progress.ts';
import { up } from '../../deploy/local/up.ts';
import { networkWorkflowId } from '../../workflows/names.ts';
import {
  correctSecret,
  declareWithWrongSecret,
  dropCurtain,
  losePod,
  mineAndScale,
  NAMESPACE,
  NETWORK,
  raiseCurtain,
} from './story.ts';

/** Pixels: as many steps as one picture can show. */
const TIMELINE_HEIGHT = 1500;

const IMAGES = join(import.meta.dirname, '..', 'images');
const WIDTH = 1280;

/** Bytes: pages with many of them should still open at once. */
const MAX_SIZE = 200_000;

/** Milliseconds: the UI asks the server again and again, so that no page is ever silent. */
const DRAWN_AFTER_MS = 2_500;

/** Without a sandbox, as in a container; nothing but the page that is asked for. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text',
];

const { ui, kubeconfig, temporalAddress, temporalNamespace } = await up({ worker: true, progress: new Progress() });
Object.assign(process.env, { KUBECONFIG: kubeconfig, TEMPORAL_ADDRESS: temporalAddress });
const list = `${ui}/namespaces/${temporalNamespace}/workflows`;
const workflow = `${list}/${encodeURIComponent(networkWorkflowId(NAMESPACE, NETWORK))}`;

mkdirSync(IMAGES, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), 'btcnet-pictures-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: FLAGS,
  viewport: { width: WIDTH, height: 800 },
});
try {
  const page = await context.newPage();
  await raiseCurtain();
  await declareWithWrongSecret();
  await searched(page);
  await page.goto(workflow);
  await tab(page, 'User Metadata');
  await take(page, 'webui-failing', 560);
  await correctSecret();
  await mineAndScale();
  await losePod();
  await page.goto(workflow);
  await drawn(page);
  await tab(page, 'User Metadata');
  await take(page, 'webui-story', 900, { x: 672, y: 306, width: WIDTH - 672, height: 594 });
  await tab(page, 'History');
  await timeline(page);
} finally {
  await context.close();
  await dropCurtain();
  rmSync(profile, { recursive: true, force: true });
}

interface Clip {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The list, asked for networks in trouble. */
async function searched(page: Page): Promise<void> {
  await page.goto(`${list}?query=${encodeURIComponent('BtcnetReason IS NOT NULL')}`);
  await page.getByText(networkWorkflowId(NAMESPACE, NETWORK)).first().waitFor();
  await take(page, 'webui-list', 420);
}

/** From its beginning, in full height, without the looks and the signals that gave rise to them. */
async function timeline(page: Page): Promise<void> {
  // The menu of the filter must fit into the window.
  await page.setViewportSize({ width: WIDTH, height: TIMELINE_HEIGHT });
  await page.getByRole('button', { name: 'Descending' }).click();
  await page.getByRole('button', { name: 'Minimized' }).click();
  await page.getByRole('button', { name: 'Filter' }).click();
  for (const kind of ['Local Activity', 'Signal'])
    await page.getByRole('checkbox', { name: kind, exact: true }).setChecked(false, { force: true });
  await page.keyboard.press('Escape');
  await take(page, 'webui-timeline', TIMELINE_HEIGHT, { x: 64, y: 466, width: WIDTH - 64, height: 1034 });
}

async function tab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).or(page.getByRole('link', { name })).first().click();
  await drawn(page);
}

function drawn(page: Page): Promise<void> {
  return page.waitForTimeout(DRAWN_AFTER_MS);
}

async function take(page: Page, name: string, height: number, clip?: Clip): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height });
  await drawn(page);
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path, ...(clip ? { clip } : {}) });
  const { size } = statSync(path);
  if (size > MAX_SIZE) throw new Error(`${path} has ${size} bytes, more than ${MAX_SIZE}`);
  console.log(`${path} (${size} bytes)`);
}

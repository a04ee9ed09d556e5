import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { leash } from '../../test/support/leash.js';
import type { Measure, Result } from './measure.js';
import { loadNow, type Outcome } from './report.js';

export interface RunOptions {
  quick: boolean;
  rounds: number;
  /** Measures the product of another checkout instead. */
  product?: string;
}

const FOLDER = resolve('.cache/bench');

/**
 * Runs a measure in its own process. One that fails or takes too long ends with its servers and cannot
 * disturb the next.
 */
export async function runInChild(script: string, measure: Measure, options: RunOptions): Promise<Outcome> {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}/${measure.name}.json`;
  rmSync(file, { force: true });
  const loadBefore = loadNow();
  const began = performance.now();
  const args = [script, '--child', file, measure.name, '--rounds', String(options.rounds), ...(options.quick ? ['--quick'] : [])];
  const env = { ...process.env, ...(options.product && { TIDINGS_BENCH_PRODUCT: options.product }) };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'], env });
  leash(child);
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    lastWords = `${lastWords}${chunk}`.slice(-2_000);
  });
  const ended = await end(child, measure.minutes * 60_000);
  const seconds = (performance.now() - began) / 1000;
  const about = { measure, seconds, loadBefore };
  if (ended === 0) return { ...about, result: JSON.parse(readFileSync(file, 'utf8')) as Result, failure: null };
  const error = /^.*Error: (.*)$/m.exec(lastWords)?.[1];
  return {
    ...about,
    result: null,
    failure: ended === 'late' ? `took more than ${measure.minutes} minutes` : (error ?? `ended with ${ended}`),
  };
}

function end(child: ChildProcess, timeoutMs: number): Promise<number | string> {
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 15_000).unref();
    }, timeoutMs);
    const stop = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    child.once('exit', (status, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(late ? 'late' : (status ?? signal ?? 'nothing'));
    });
  });
}

/** Runs a measure as the child process and writes its result to a file. */
export async function beChild(file: string, measure: Measure, options: RunOptions): Promise<never> {
  // Floors, peers and nodes end with this process.
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
  const progress = (message: string) =>
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${measure.name}: ${message}\n`);
  try {
    writeFileSync(file, JSON.stringify(await measure.run({ progress, quick: options.quick, rounds: options.rounds })));
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : `Error: ${error}`}\n`);
    process.exit(1);
  }
}

import { readFile } from 'node:fs/promises';
import type { FaultNode } from './node.js';

/** Reads the metrics of a node, by name with labels. */
export async function metrics(node: FaultNode): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Counts the connections that these nodes hold. */
export const connections = (nodes: readonly FaultNode[]): Promise<number> => sumOf(nodes, 'tidings_connections');

/** Counts the rows that these nodes have deleted past the retention. */
export const rowsDeleted = (nodes: readonly FaultNode[]): Promise<number> => sumOf(nodes, 'tidings_rows_deleted_total');

async function sumOf(nodes: readonly FaultNode[], name: string): Promise<number> {
  const all = await Promise.all(nodes.map(metrics));
  return all.reduce((sum, one) => sum + (one.get(name) ?? 0), 0);
}

/** Returns the resident memory of a node in bytes. */
export async function memory(node: FaultNode): Promise<number> {
  const status = await readFile(`/proc/${node.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

import type { StatusFeed } from '../../../packages/sdk/src/index.js';
import type { Command } from '../command.js';
import type { Io } from '../io.js';
import { print } from '../print.js';
import { type ClientOptions, withClient } from './open-client.js';

interface Deps {
  io: Io;
  /** Makes a command below `status-feed`, with what all commands have that ask an API node. */
  child(name: string, description: string): Command;
}

/** Adds the commands about the feed of status events. */
export function addStatusFeedCommands({ io, child }: Deps): void {
  child('show', 'Says whether status events are recorded').action((options: ClientOptions) => show(io, options));

  child('enable', 'Records from now on what becomes of messages')
    .option('--globals', 'also of the messages of global ones: one event for each recipient')
    .option('--no-globals', 'no longer of those')
    .action((options: ClientOptions & { globals?: boolean }) => set(io, true, options));

  child('disable', 'Records no more; refused while there is a webhook').action((options: ClientOptions) =>
    set(io, false, options),
  );
}

async function show(io: Io, options: ClientOptions): Promise<void> {
  const feed = await withClient(io, options, (tidings) => tidings.statusFeed());
  print(io, options.json ?? false, feed, [wordsOf(feed)]);
}

/** Switches the feed. Without a word about global messages, those stay as they are. */
async function set(io: Io, enabled: boolean, options: ClientOptions & { globals?: boolean }): Promise<void> {
  const { globals } = options;
  const feed = await withClient(io, options, (tidings) => tidings.setStatusFeed({ enabled, globals }));
  print(io, options.json ?? false, feed, [wordsOf(feed)]);
}

const wordsOf = ({ enabled, globals }: StatusFeed): string =>
  enabled
    ? `status events are recorded; those of global messages are ${globals ? 'included' : 'left out'}`
    : 'status events are not recorded';

import { startNode } from '../../src/app/start-node.js';
import { openTenancy } from '../../src/app/tenancy.js';
import { run } from '../../src/cli/run.js';

interface Outcome {
  status: number;
  out: string;
  err: string;
}

interface Given {
  /** What the command reads from standard input. */
  input?: string;
  /** Stops the command once this is in its output. */
  stopAt?: RegExp | undefined;
}

/** Runs a command as a user does, with an environment of its own, in this process. */
export async function runCommand(
  argv: readonly string[],
  environment: Record<string, string>,
  { input = '', stopAt }: Given = {},
): Promise<Outcome> {
  let [out, err] = ['', ''];
  let stop = () => {};
  const hear = () => {
    if (stopAt?.test(out + err)) stop();
  };
  const io = {
    out: (text: string) => {
      out += text;
      hear();
    },
    err: (text: string) => {
      err += text;
      hear();
    },
    readInput: async () => input,
    environment: { LOG_LEVEL: 'silent', ...environment },
    onStopSignal: (listener: () => void) => {
      stop = listener;
      return () => {};
    },
    exit: () => {},
  };
  const status = await run(argv, io, { startNode, openTenancy });
  return { status, out, err };
}

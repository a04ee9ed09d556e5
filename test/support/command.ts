import { startNode } from '../../src/app/start-node.js';
import { openTenancy } from '../../src/app/tenancy.js';
import { run } from '../../src/cli/run.js';

interface Outcome {
  status: number;
  out: string;
  err: string;
}

/** Runs a command as a user does, with an environment of its own, in this process. */
export async function runCommand(argv: readonly string[], environment: Record<string, string>): Promise<Outcome> {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    readInput: async () => '',
    environment: { LOG_LEVEL: 'silent', ...environment },
    onStopSignal: () => () => {},
    exit: () => {},
  };
  const status = await run(argv, io, { startNode, openTenancy });
  return { status, out, err };
}

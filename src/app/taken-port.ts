import { CommandFailed } from './command-failed.js';

/** Variable that names the port of a server. */
type PortVariable = 'API_PORT' | 'DELIVERY_PORT' | 'ADMIN_PORT';

interface ListenError extends NodeJS.ErrnoException {
  port?: number;
  address?: string;
}

/** Says which variable to change where a server cannot listen. */
export async function namingPort<T>(variable: PortVariable, started: Promise<T>): Promise<T> {
  try {
    return await started;
  } catch (error) {
    const advice = adviceOf(variable, error as ListenError);
    if (advice === null) throw error;
    throw new CommandFailed(advice, { cause: error });
  }
}

function adviceOf(variable: PortVariable, { code, port, address, syscall }: ListenError): string | null {
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return null;
  if (code === 'EADDRINUSE')
    return `port ${port} of ${address} is in use (EADDRINUSE): stop what listens there, or set ${variable} to another port, or to 0 for a free one`;
  if (code === 'EACCES')
    return `port ${port} may not be listened on by this user (EACCES): set ${variable} to a port from 1024 on`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `HOST ${address ?? ''} is no address of this machine (${code}): set HOST to one that is, 127.0.0.1 or 0.0.0.0 say`.replace(
      '  ',
      ' ',
    );
  return null;
}

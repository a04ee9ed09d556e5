import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.js';

/** Says that it was copied for so long, in milliseconds. */
const SAID_MS = 2_000;

function useCopy(text: string): [copied: boolean, copy: () => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return [copied, copy];
}

const Said = ({ copied }: { copied: boolean }) => (
  <span role="status" className="unseen">
    {copied ? 'Copied' : ''}
  </span>
);

/** Shows the end of an id, where ids made at the same time differ; whole when pointed at. */
export function ShortId({ id, what = 'id' }: { id: string; what?: string }) {
  const [copied, copy] = useCopy(id);
  return (
    <span className="short-id">
      <code title={id}>…{id.slice(-8)}</code>
      <IconButton icon={copied ? 'done' : 'copy'} label={`Copy the ${what}`} onClick={copy} />
      <Said copied={copied} />
    </span>
  );
}

export function CopyButton({ text, children }: { text: string; children: string }) {
  const [copied, copy] = useCopy(text);
  return (
    <>
      <Button icon={copied ? 'done' : 'copy'} onClick={copy}>
        {copied ? 'Copied' : children}
      </Button>
      <Said copied={copied} />
    </>
  );
}
